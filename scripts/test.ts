import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { createPostgres } from '../test/support/embedded-postgres.ts'

// `npm test -- [tap's arguments]`: builds `dist`, which the tests of the package, the examples and the pages run, and
// runs tap beside a temporary PostgreSQL server. The suite finds the server by TEST_POSTGRES_URL.

/**
 * Compiles test/support/hold-to-contract.ts to JavaScript, because every process loads it and tap would compile it in
 * each of them. Returns a URL, because not all processes run in this folder.
 */
function compileContract(): URL {
  const folder = new URL('../.tap/contract/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  for (const name of ['hold-to-contract', 'contract']) {
    const source = readFileSync(new URL(`../test/support/${name}.ts`, import.meta.url), 'utf8')
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true
      }
    })
    writeFileSync(new URL(`${name}.js`, folder), outputText)
  }
  return new URL('hold-to-contract.js', folder)
}

const exitCode = (child: ChildProcess) => new Promise<number>(resolve => child.once('exit', code => resolve(code ?? 1)))

const built = exitCode(spawn('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' }))
const postgres = await createPostgres({ connections: 300, more: ['fsync=off'] })
await postgres.start()

if ((await built) !== 0) {
  await postgres.stop()
  process.exit(1)
}

const env = {
  ...process.env,
  TEST_POSTGRES_URL: postgres.url,
  // Names the file in which tap's loader finds the transpiler that caches its output.
  TS_NODE_PROJECT: fileURLToPath(new URL('../test/tsconfig.tap.json', import.meta.url))
}
const tap = spawn('tap', [`--node-arg=--import=${compileContract()}`, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env
})
// Ctrl-C reaches tap as well, SIGTERM only this process; tap ends first, and then PostgreSQL.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => tap.kill())
const code = await exitCode(tap)
await postgres.stop()
process.exit(code)
