import { relative } from 'node:path'
import ts from 'typescript'
import { renew } from './renew.mjs'

// Compiles the modules and the types of the package into `dist`, as `tsc -p tsconfig.build.json` with the same
// arguments would, but a server may run from them. Only what has changed since the last time is compiled.

const { options: given } = ts.parseCommandLine(process.argv.slice(2))
const parsed = ts.getParsedCommandLineOfConfigFile('tsconfig.build.json', given, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: problem => exitOn([problem])
})
const { fileNames: rootNames, options, errors: configFileParsingDiagnostics } = parsed
const host = ts.createIncrementalCompilerHost(options)
const program = ts.createIncrementalProgram({ rootNames, options, configFileParsingDiagnostics, host })
exitOn([
  ...configFileParsingDiagnostics,
  ...program.getOptionsDiagnostics(),
  ...program.getSyntacticDiagnostics(),
  ...program.getGlobalDiagnostics(),
  ...program.getSemanticDiagnostics()
])
const changed = []
exitOn(program.emit(undefined, (path, text) => changed.push([relative('.', path), text])).diagnostics)

const all = new Set(
  rootNames.flatMap(name => ts.getOutputFileNames(parsed, name, false)).map(path => relative('.', path))
)
// The other parts of the build, and the file by which the compiler knows what has changed.
const isKept = path => all.has(path) || /^dist[/\\](bin[/\\]|console[/\\]|\.)/.test(path)
renew('dist', changed, isKept)

function exitOn(problems) {
  if (problems.length === 0) return
  console.error(ts.formatDiagnostics(problems, { ...host, getCurrentDirectory: process.cwd, getNewLine: () => '\n' }))
  process.exit(1)
}
