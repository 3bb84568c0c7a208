import { relative } from 'node:path'
import ts from 'typescript'
import { renew } from './renew.mjs'

// Compiles the entries of the package and what they import into `dist`, as `tsc -p tsconfig.build.json` with the same
// arguments would, but a server may run from that folder.

const { options: given } = ts.parseCommandLine(process.argv.slice(2))
const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile('tsconfig.build.json', given, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: problem => exitOn([problem])
})
const program = ts.createProgram({ rootNames: fileNames, options, configFileParsingDiagnostics: errors })
exitOn(ts.getPreEmitDiagnostics(program))
const files = []
exitOn(program.emit(undefined, (path, text) => files.push([relative('.', path), text])).diagnostics)
// The other parts of the build stay.
renew('dist', files, path => /^dist[/\\](bin[/\\]|console[/\\]|\.)/.test(path))

function exitOn(problems) {
  if (problems.length === 0) return
  const host = { getCanonicalFileName: path => path, getCurrentDirectory: process.cwd, getNewLine: () => '\n' }
  console.error(ts.formatDiagnostics(problems, host))
  process.exit(1)
}
