import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, parseArgs } from 'node:util'
import esbuild from 'esbuild'
import { type FinalResults, Parser } from 'tap-parser'
import { sqliteTemplate } from './sqlite-template.ts'
import { startDatabases } from './test-databases.ts'
import { allTests, changesGlobals, testsAt, testsOfOneEngine, unitTests } from './test-files.ts'

// `npm test -- [--unit] [--engine postgres] [--slowest] [--comments] [--processes N] [FILE or FOLDER…]`: runs the tests
// with tap, many files in each process, because loading the sources takes longer than most files. tap's own program
// starts a process for each file. `--comments` prints what the tests say of themselves, such as the seed of a random
// one.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    unit: { type: 'boolean', default: false },
    slowest: { type: 'boolean', default: false },
    engine: { type: 'string' },
    comments: { type: 'boolean', default: false },
    processes: { type: 'string' }
  }
})

interface Failure {
  file: string
  /** The names of the tests around it, from the outermost, and its own. */
  names: string[]
  diag: Diagnosis
}

interface Diagnosis {
  at?: { fileName?: string; lineNumber: number }
  diff?: string
  stack?: string
  [member: string]: unknown
}

const counts = { files: 0, passed: 0, failed: 0, skipped: 0 }
const failures: Failure[] = []
/** The milliseconds of each test. */
const times: [test: string, milliseconds: number][] = []
const begun = performance.now()
const seconds = () => Math.round((performance.now() - begun) / 1000)

/** The comments that tap itself writes, and those of the worker. */
const ofTap = /^# (Subtest: |time=|reads |\{ total: )/

/** Listens to what `parser` reads of a test; `names` are those of the tests around it. */
function listen(parser: Parser, names: string[], file: () => string) {
  parser.on('child', child => listen(child, [...names, child.name], file))
  if (values.comments) parser.on('comment', text => ofTap.test(text) || console.log(text.trim()))
  parser.on('assert', result => {
    if (!result.ok && !result.closingTestPoint && !result.todo && !result.skip)
      failures.push({ file: file(), names: [...names, result.name], diag: result.diag ?? {} })
    if (result.skip) counts.skipped++
    if (names.length > 0) return
    times.push([`${file()}: ${result.name}`, result.time ?? 0])
    if (result.skip) return
    if (!result.ok) counts.failed++
    else if (result.name !== 'reads a file') counts.passed++
  })
}

/** How many processes have been started. */
let started = 0

/** Runs files from `queue` in one process until none is left. */
async function runInProcess(queue: string[], env: NodeJS.ProcessEnv): Promise<void> {
  // tap names the folders of `t.testdir` after the arguments, so that no two processes share one.
  const own = [`${process.pid}-${++started}`]
  // Each has ports of its own, too: test/support/free-port.ts.
  const job = { TAP_JOB_ID: String(started % 10) }
  const child = fork(fileURLToPath(new URL('test-worker.ts', import.meta.url)), own, {
    env: { ...process.env, ...env, ...job },
    execArgv: [
      '--disable-warning=ExperimentalWarning',
      // A test registers Sallyport in an app with an option that Fastify still takes.
      '--disable-warning=FSTDEP022',
      '--import=tsx',
      `--import=${new URL('../test/support/hold-to-contract.ts', import.meta.url)}`
    ],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  let file = ''
  const parser = new Parser()
  listen(parser, [], () => file)
  // In the output itself, because a message could overtake it.
  parser.on('comment', comment => {
    const [, started] = /^# reads (.*)/.exec(comment) ?? []
    if (started === undefined) return
    file = started
    counts.files++
    showProgress()
  })
  let given = ''
  child.on('message', message => {
    if (message !== 'next') return
    given = queue.shift() ?? ''
    child.send(given)
  })
  child.stdout?.pipe(parser as unknown as NodeJS.WritableStream)
  running.add(child)
  // It has no file left, but what a test has left open may keep it.
  let isKept = false
  let timer: NodeJS.Timeout | undefined
  child.once('disconnect', () => {
    timer = setTimeout(() => {
      isKept = true
      child.kill('SIGKILL')
    }, 30_000)
  })
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
  const results = await new Promise<FinalResults>(resolve => parser.once('complete', resolve))
  const code = await exited
  clearTimeout(timer)
  running.delete(child)
  const how = isKept
    ? 'A file of this process has left something open, such as a server'
    : `The process ended with code ${code} before its tests`
  if (!isKept && !results.failures.some(failure => failure.tapError)) return
  counts.failed++
  failures.push({ file: given || file, names: [how], diag: {} })
}

const running = new Set<ChildProcess>()
// Ctrl-C also reaches the processes, but SIGTERM only this one. The databases stop after them.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {
  for (const child of running) child.kill()
})

let shown = 0

/** How far the run is: in place on a terminal, and elsewhere a line for each tenth. */
function showProgress() {
  const { files: read, failed } = counts
  const line = `${read} of ${files.length} files, ${seconds()} s${failed > 0 ? `, ${failed} failed` : ''}`
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`)
  else if (Math.floor((10 * read) / files.length) > shown) {
    shown = Math.floor((10 * read) / files.length)
    console.log(line)
  }
}

/** What failed, where, and how. */
function describe({ file, names, diag: { at, diff, stack, source, ...more } }: Failure): string {
  const place = at?.fileName ? `${relative('.', at.fileName)}:${at.lineNumber}` : file
  const details = diff ?? (Object.keys(more).length > 0 ? inspect(more) : '')
  const lines = [...names.slice(1).map(name => `  ${name}`), details, stack ?? '']
  return `${names[0]}\n  ${place}\n${lines
    .join('\n')
    .replace(/^(?=.)/gm, '  ')
    .trimEnd()}\n`
}

const some = values.unit ? unitTests : values.engine ? testsOfOneEngine : allTests
const files = positionals.length > 0 ? testsAt(positionals) : some('.')
// The others also wait, for PostgreSQL and for programs. Each process has to make its code fast anew.
const processes = Math.min(Number(values.processes ?? availableParallelism() + (values.unit ? 0 : 2)), files.length)

if (!values.unit) {
  const { status } = spawnSync(process.execPath, ['scripts/build-when-stale.mjs'], { stdio: 'inherit' })
  if (status !== 0) process.exit(1)
  // For the processes of test/support/built.ts, which need no TypeScript runner.
  esbuild.buildSync({
    entryPoints: ['test/support/hold-to-contract.ts'],
    outfile: 'dist/.test/hold-to-contract.mjs',
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm' }
  })
}
const sqlite = async () => ({ env: { TEST_POSTGRES_URL: '', TEST_SQLITE_TEMPLATE: await sqliteTemplate() }, stop() {} })
const databases = await (values.unit ? sqlite() : startDatabases())
const env = values.engine ? { ...databases.env, TEST_ENGINE: values.engine } : databases.env

const alone = files.filter(changesGlobals)
const queue = files.filter(file => !alone.includes(file))
const runs = Array.from({ length: processes }, () => runInProcess(queue, env))
for (const file of alone) runs.push(runInProcess([file], env))
await Promise.all(runs)
await databases.stop()

if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')
for (const failure of failures) console.log(describe(failure))
if (values.slowest)
  for (const [test, time] of times.sort(([, a], [, b]) => b - a).slice(0, 10))
    console.log(`${(time / 1000).toFixed(1).padStart(6)} s  ${test}`)
const { passed, failed, skipped } = counts
console.log(
  `${passed} tests passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}, in ${counts.files} files and ${seconds()} s`
)
process.exitCode = failed > 0 || counts.files < files.length ? 1 : 0
