import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'
import pg from 'pg'
import { openStore } from '../src/store/open.ts'
import { createPostgres } from '../test/support/embedded-postgres.ts'
import { sqliteTemplate } from './sqlite-template.ts'
import { allTests, testsForOneProcess } from './test-files.ts'
import { installPackages } from './tool.ts'

// `npm test -- [arguments of tap]`: builds `dist`, compiles the tests, starts a temporary PostgreSQL, migrates the
// databases that the tests copy, and runs tap with the variables that name them.

/**
 * How many processes share the tests that start no program, because most of the time of a file goes to loading the
 * sources. The rest of tap's jobs run the files that start programs, which mostly wait.
 */
const sharing = 2
/** The slowest files that share, which begin first, so that no process runs one of them alone at the end. */
const slowest = ['test/routes/write-limits-postgres.test.ts', 'test/routes/write-limits.test.ts']

/** The folder of this run for `test/support/take-turns.mjs`. */
const sharedFolder = fileURLToPath(new URL(`../.tap/shared/${process.pid}`, import.meta.url))

/** Files for tap, one for each of the processes that take turns at `tests`. */
function shared(tests: string[], processes: number): string[] {
  mkdirSync(sharedFolder, { recursive: true })
  writeFileSync(`${sharedFolder}/files.json`, JSON.stringify(tests))
  return Array.from({ length: processes }, (_, n) => {
    writeFileSync(`${sharedFolder}/${n}.test.mjs`, "await import('../../../test/support/take-turns.mjs')\n")
    return relative('.', `${sharedFolder}/${n}.test.mjs`)
  })
}

/** The files for tap: one for each process that shares, and those that start programs. */
function files(): string[] {
  const tests = testsForOneProcess('test')
  const others = allTests('test').filter(file => !tests.includes(file))
  return [...shared([...slowest, ...tests.filter(file => !slowest.includes(file))], sharing), ...others]
}

/** Names the files that no process has read. Returns the exit code. */
function unread(): number {
  if (!existsSync(sharedFolder)) return 0
  const tests: string[] = JSON.parse(readFileSync(`${sharedFolder}/files.json`, 'utf8'))
  const left = tests.filter((_, n) => !existsSync(`${sharedFolder}/${n}.read`))
  rmSync(sharedFolder, { recursive: true })
  if (left.length > 0) console.error(`No process has read ${left.join(', ')}`)
  return left.length > 0 ? 1 : 0
}

const compiledFolders = ['src', 'plugins', 'routes', 'console/src', 'test', 'scripts'].concat(
  ['entrants', 'figures', 'load'].map(folder => `bench/${folder}`)
)

/** Compiles the sources and the tests for test/support/compiled.cjs. */
async function compile() {
  const { outputFiles } = await esbuild.build({
    // Not bench/**, which includes the packages of the benchmark.
    entryPoints: ['bench/*.ts', ...compiledFolders.map(folder => `${folder}/**/*.ts`)],
    // The names in the source maps are relative to the sources, because Node.js takes the output for them.
    outdir: '.',
    outbase: '.',
    write: false,
    sourcemap: 'inline',
    sourcesContent: false,
    platform: 'node',
    format: 'esm'
  })
  for (const { path, contents } of outputFiles) {
    const to = join('.tap/compiled', relative('.', path))
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, contents)
  }
}

/**
 * Compiles test/support/hold-to-contract.ts once, because every process loads it. Resolves to a URL, because some
 * processes have another working directory.
 */
async function compileContract(): Promise<URL> {
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL('../test/support/hold-to-contract.ts', import.meta.url))],
    outdir: fileURLToPath(new URL('../.tap/contract', import.meta.url)),
    bundle: true,
    // Keeps dynamic imports in separate files.
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm'
  })
  return new URL('../.tap/contract/hold-to-contract.js', import.meta.url)
}

/** Migrates a database of each engine once, for the tests to copy. Resolves to the variables that name them. */
async function createTemplates(postgresUrl: string) {
  const name = 'sallyport_template'
  const client = new pg.Client({ connectionString: postgresUrl })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  const url = new URL(postgresUrl)
  url.pathname = `/${name}`
  const store = await openStore(url.href, () => {})
  await store.migrate()
  await store.close()
  return { TEST_SQLITE_TEMPLATE: await sqliteTemplate(), TEST_POSTGRES_TEMPLATE: name }
}

const exitCode = (child: ChildProcess) => new Promise<number>(resolve => child.once('exit', code => resolve(code ?? 1)))

const arePublished = process.argv.some(arg => arg.startsWith('test/published/'))
// Before tap starts, because two tests may need the same folder at a time.
if (arePublished) for (const folder of ['tools/static', 'tools/published']) installPackages(folder)

// Only these tests import the package by its name. `npm run types` checks its types.
const modules = arePublished ? ' && node scripts/compile.mjs --noCheck' : ''
const built = exitCode(spawn(`node scripts/build-when-stale.mjs${modules}`, { shell: true, stdio: 'inherit' }))
const compiled = Promise.all([compileContract(), compile()])
// Without fsync and with the least WAL, an empty database, which most tests create, costs a third.
const more = ['fsync=off', 'wal_level=minimal', 'max_wal_senders=0']
const postgres = await createPostgres({ connections: 300, more })
await postgres.start()

if ((await built) !== 0) {
  await postgres.stop()
  process.exit(1)
}

const env = {
  ...process.env,
  TEST_SHARED: sharedFolder,
  TEST_POSTGRES_URL: postgres.url,
  ...(await createTemplates(postgres.url))
}
let args = process.argv.slice(2)
// The only option that is not tap's: the named tests run in so many processes, which take turns.
const processes = args.find(arg => arg.startsWith('--processes='))
if (processes) {
  const tests = args.filter(arg => arg.endsWith('.test.ts'))
  args = args.filter(arg => arg !== processes && !tests.includes(arg))
  args.push(...shared(tests, Number(processes.split('=')[1])))
}
if (args.every(arg => arg.startsWith('-'))) args.push(...files())
const [contract] = await compiled
const loader = fileURLToPath(new URL('../test/support/compiled.cjs', import.meta.url))
const tap = spawn('tap', [`--node-arg=--require=${loader}`, `--node-arg=--import=${contract}`, ...args], {
  stdio: 'inherit',
  env
})
// Ctrl-C also reaches tap, but SIGTERM only this process. PostgreSQL stops after tap.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => tap.kill())
const code = await exitCode(tap)
await postgres.stop()
process.exit(code || unread())
