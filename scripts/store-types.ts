import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { installPackages } from './tool.ts'
import { entries, releasedTypes } from './types-contract.ts'

// `tsx scripts/store-types.ts`: stores the types of the package as those of the last release, each entry in one file
// without imports of ours.

installPackages('tools/published')
const { Extractor, ExtractorConfig } = createRequire(resolve('tools/published/package.json'))(
  '@microsoft/api-extractor'
)
const declarations = resolve('.tap/types')
rmSync(declarations, { recursive: true, force: true })
execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', declarations])

const off = { enabled: false }
const silent = { default: { logLevel: 'none' } }
for (const [name, source] of Object.entries(entries)) {
  const entry = join(declarations, source.replace(/\.ts$/, '.d.ts'))
  const compilerOptions = { module: 'nodenext', target: 'es2023', lib: ['es2023', 'dom'], skipLibCheck: true }
  const configObject = {
    projectFolder: resolve('.'),
    mainEntryPointFilePath: entry,
    compiler: { overrideTsconfig: { compilerOptions, files: [entry] } },
    dtsRollup: { enabled: true, untrimmedFilePath: resolve(releasedTypes(name)) },
    ...{ apiReport: off, docModel: off, tsdocMetadata: off },
    messages: { extractorMessageReporting: silent, tsdocMessageReporting: silent }
  }
  const config = ExtractorConfig.prepare({ configObject, packageJsonFullPath: resolve('package.json') })
  if (!Extractor.invoke(config, { localBuild: true }).succeeded) throw new Error(`The types of ${source} have errors.`)
}
