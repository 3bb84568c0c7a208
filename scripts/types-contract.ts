import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { packageVersion } from '../src/base/package.ts'
import { brokenExports } from './broken-exports.ts'

// `npm run contract:types`: compares the types of the package with those of the last release, as `npm run
// contract` compares the HTTP API. A program that would no longer compile needs a new version.

/** The source of each entry of the package. */
export const entries = {
  index: 'src/index.ts',
  testing: 'src/testing.ts',
  verifier: 'src/verifier.ts',
  client: 'packages/client/src/index.ts',
  'client-react': 'packages/client/src/react.ts'
}
/** The file with the types that an entry had in the last release. */
export const releasedTypes = (entry: string) => `docs/types.released/${entry}.d.ts`

/** The part of a version that a removal raises. */
const breaking = (version: string) => /^0\.\d+|^\d+/.exec(version)?.[0]

if (import.meta.url === pathToFileURL(String(process.argv[1])).href) {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.')
  const pairs = Object.entries(entries)
    .map(([name, source]) => [releasedTypes(name), source] as const)
    // An entry may be newer than the last release.
    .filter(([old]) => existsSync(old))
  const program = ts.createProgram({ rootNames: pairs.flat(), options: { ...options, incremental: false } })
  const broken = pairs.flatMap(([old, source]) =>
    brokenExports(program, old, source).map(sentence => `${source}: ${sentence}`)
  )
  const released: string = JSON.parse(readFileSync('docs/openapi.released.json', 'utf8')).info.version
  console.log(`Types: ${broken.length} changes since ${released} that a program may notice.`)
  if (broken.length > 0 && breaking(packageVersion) === breaking(released)) {
    console.error(`${broken.join('\n')}\nKeep these types, or raise the version in package.json.`)
    process.exitCode = 1
  }
}
