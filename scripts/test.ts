import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
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

/** How many processes share the tests that start no program: most of the time of a file goes to loading the sources. */
const shared = 9

/** Files that import `tests`, for tap to run in so many processes. */
function importersOf(tests: string[], processes: number): string[] {
  const folder = fileURLToPath(new URL('../.tap/shared', import.meta.url))
  mkdirSync(folder, { recursive: true })
  return Array.from({ length: Math.min(processes, tests.length) }, (_, n) => {
    const share = tests.filter((_, at) => at % processes === n)
    writeFileSync(`${folder}/${n}.test.mjs`, share.map(file => `await import('../../${file}')\n`).join(''))
    return `.tap/shared/${n}.test.mjs`
  })
}

/** The files for tap: files that import those that start no program, first because they take longest, and the rest. */
function files(): string[] {
  const sharing = testsForOneProcess('test')
  return [...importersOf(sharing, shared), ...allTests('test').filter(file => !sharing.includes(file))]
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
const modules = arePublished ? ' && tsc -p tsconfig.build.json --noCheck' : ''
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

const env = { ...process.env, TEST_POSTGRES_URL: postgres.url, ...(await createTemplates(postgres.url)) }
let args = process.argv.slice(2)
// The only option that is not tap's: the named tests run in so many processes, so that fewer load the sources.
const processes = args.find(arg => arg.startsWith('--processes='))
if (processes) {
  const tests = args.filter(arg => arg.endsWith('.test.ts'))
  args = args.filter(arg => arg !== processes && !tests.includes(arg))
  args.push(...importersOf(tests, Number(processes.split('=')[1])))
}
// Some of the tests cover only some of the sources.
if (args.some(arg => !arg.startsWith('-'))) args.unshift('--allow-incomplete-coverage')
else args.push(...files())
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
process.exit(code)
