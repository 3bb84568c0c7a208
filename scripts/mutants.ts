import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startDatabases } from './test-databases.ts'
import { allTests, unitTests } from './test-files.ts'
import { installPackages } from './tool.ts'

// `npm run mutants -- [--sample N] [--seed S] [--since REV] [--unit]`: changes one expression of the rules, the store,
// the plugins or the routes at a time, and runs the tests that reach it. A mutant that no test notices has survived.
//
// Stryker's instrumenter makes the mutants, all in one copy of the sources, where a variable of the environment chooses
// one. Stryker itself would start a process for each test file, which takes a quarter of an hour for a mutant of a
// module that all requests need.

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = join(root, '.tap/mutants')
const mutated = /^(src\/(auth|store|wire)|plugins|routes)\/.*\.ts$/

interface Mutant {
  id: string
  file: string
  line: number
  /** The text that it replaces. */
  original: string
  replacement: string
  /** The same for the same change of the same file, however many mutants there are. */
  key: string
}

interface Outcome {
  status: 'killed' | 'survived' | 'timed out'
  /** The test file that killed it, with a hash of its text. */
  by?: string
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22)
const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
const oneLine = (text: string) => text.replace(/\s+/g, ' ').slice(0, 120)

/** Copies the work tree, with every mutant in it. */
async function instrument(): Promise<Mutant[]> {
  installPackages('tools/mutants')
  const { Instrumenter } = await import(
    join(root, 'tools/mutants/node_modules/@stryker-mutator/instrumenter/dist/src/index.js')
  )
  rmSync(copy, { recursive: true, force: true })
  const files = git('ls-files', '--cached', '--others', '--exclude-standard', '-z').split('\0')
  for (const file of files.filter(file => file && existsSync(join(root, file)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    copyFileSync(join(root, file), join(copy, file))
  }
  for (const folder of ['node_modules', 'dist']) symlinkSync(join(root, folder), join(copy, folder))

  // A text is held by the generated pages, or stands in a test that would only repeat it.
  const options = { ignorers: [], plugins: null, excludedMutations: ['StringLiteral'] }
  const sources = files.filter(file => mutated.test(file))
  const contents = sources.map(file => ({ name: file, content: readFileSync(join(root, file), 'utf8'), mutate: true }))
  const result = await new Instrumenter(silent).instrument(contents, options)
  for (const { name, content } of result.files) writeFileSync(join(copy, name), content)

  const lines = new Map(contents.map(({ name, content }) => [name, content.split('\n')]))
  // The excluded ones are listed too, with the status Ignored.
  const mutants: StrykerMutant[] = result.mutants.filter(({ status }: StrykerMutant) => status === undefined)
  return mutants.map(({ id, fileName, location: { start, end }, replacement }) => {
    const all = lines.get(fileName) as string[]
    const original = all
      .slice(start.line, end.line + 1)
      .map((text, at) => text.slice(at === 0 ? start.column : 0, at === end.line - start.line ? end.column : undefined))
      .join('\n')
    const key = hash([fileName, hash(all.join('\n')), start.line, start.column, original, replacement].join('\0'))
    return { id, file: fileName, line: start.line + 1, original, replacement, key }
  })
}

interface StrykerMutant {
  id: string
  fileName: string
  location: Record<'start' | 'end', { line: number; column: number }>
  replacement: string
  status?: string
}

const silent = new Proxy({}, { get: (_, name) => (String(name).startsWith('is') ? () => false : () => {}) })

/** The lines of each file that differ from the revision `since`. */
function changedLines(since: string): Map<string, Set<number>> {
  const changed = new Map<string, Set<number>>()
  let lines = new Set<number>()
  for (const line of git('diff', '--unified=0', since).split('\n')) {
    if (line.startsWith('+++ b/')) {
      lines = new Set()
      changed.set(line.slice(6), lines)
    }
    const [, first, count = '1'] = /^@@ .* \+(\d+)(?:,(\d+))? @@/.exec(line) ?? []
    for (let at = 0; first !== undefined && at < Number(count); at++) lines.add(Number(first) + at)
  }
  return changed
}

/** The first `count` of `all` in an order that `seed` decides. */
function sample(all: Mutant[], count: number, seed: string): Mutant[] {
  const place = new Map(all.map(mutant => [mutant, hash(seed + mutant.key)]))
  return all.sort((a, b) => ((place.get(a) as string) < (place.get(b) as string) ? -1 : 1)).slice(0, count)
}

interface Run {
  code: number | null
  isTimedOut: boolean
  /** The seconds that each file took. */
  seconds: Map<string, number>
  last?: string
  output: string
}

/** Gives `files` one by one to a process in the copy, until one fails, or none answers within its limit. */
function run(next: () => string | undefined, env: NodeJS.ProcessEnv, limit: (file: string) => number): Promise<Run> {
  const child: ChildProcess = fork(join(copy, 'scripts/test-worker.ts'), {
    cwd: copy,
    env: { ...process.env, ...env },
    execArgv: ['tsx', join(copy, 'test/support/hold-to-contract.ts'), join(copy, 'scripts/mutant-coverage.ts')].map(
      module => `--import=${module}`
    ),
    stdio: ['ignore', 'pipe', 'ignore', 'ipc']
  })
  const result: Run = { code: null, isTimedOut: false, seconds: new Map(), output: '' }
  child.stdout?.setEncoding('utf8').on('data', text => (result.output = (result.output + text).slice(-20_000)))
  let begun = performance.now()
  let timer: NodeJS.Timeout | undefined
  child.on('message', message => {
    if (message !== 'next') return
    clearTimeout(timer)
    if (result.last) result.seconds.set(result.last, (performance.now() - begun) / 1000)
    begun = performance.now()
    const file = next()
    if (file !== undefined) {
      result.last = file
      timer = setTimeout(() => {
        result.isTimedOut = true
        child.kill('SIGKILL')
      }, limit(file) * 1000)
    }
    child.send(file ?? '')
  })
  return new Promise(done =>
    child.once('close', code => {
      clearTimeout(timer)
      done({ ...result, code })
    })
  )
}

interface Reach {
  /** The test files that reach a mutant, by its id. */
  of: Map<string, string[]>
  /** The mutants that a file reaches more than once, which therefore do not only run while a module loads. */
  repeated: Set<string>
  /** The test files that reach any mutant of a file. */
  ofFile: Map<string, Set<string>>
  seconds: Map<string, number>
}

/** Runs every test without a mutant, to see which mutants each reaches. */
async function reach(mutants: Mutant[], tests: string[], env: NodeJS.ProcessEnv): Promise<Reach> {
  const queue = [...tests]
  const folder = join(copy, '.tap/coverage')
  mkdirSync(folder, { recursive: true })
  const seconds = new Map<string, number>()
  const of = new Map<string, string[]>()
  const repeated = new Set<string>()
  const failed: string[] = []
  await Promise.all(
    [0, 1].map(async n => {
      for (let part = 0; queue.length > 0; part++) {
        const to = join(folder, `${n}-${part}.json`)
        const result = await run(
          () => queue.shift(),
          { ...env, TAP_BAIL: '1', MUTANT_COVERAGE: to },
          () => 1200
        )
        for (const [file, took] of result.seconds) seconds.set(file, took)
        if (result.code !== 0 && result.last) {
          failed.push(result.last)
          console.log(`${result.last} fails without a mutant, and is left out:\n${result.output.slice(-1500)}`)
        }
        if (!existsSync(to)) continue
        const { perTest } = JSON.parse(readFileSync(to, 'utf8')) as { perTest: Record<string, Record<string, number>> }
        for (const [file, ids] of Object.entries(perTest))
          for (const [id, times] of Object.entries(ids)) {
            of.set(id, [...(of.get(id) ?? []), file])
            if (times > 1) repeated.add(id)
          }
      }
    })
  )
  for (const [id, files] of of)
    of.set(
      id,
      files.filter(file => !failed.includes(file))
    )
  for (const file of failed) seconds.delete(file)
  const ofFile = new Map<string, Set<string>>()
  for (const { id, file } of mutants)
    for (const test of of.get(id) ?? []) ofFile.set(file, (ofFile.get(file) ?? new Set()).add(test))
  return { of, repeated, ofFile, seconds }
}

/** The tests of a mutant: those beside its file first, then the fastest. */
function testsOf(mutant: Mutant, { of, repeated, ofFile, seconds }: Reach): string[] {
  // Code of a module's top level is noted for the first test that loads it. It concerns every test of its functions.
  const isOfModule = !repeated.has(mutant.id)
  const files = [...(of.get(mutant.id) ?? []), ...(isOfModule ? (ofFile.get(mutant.file) ?? seconds.keys()) : [])]
  const parts = mutant.file
    .replace(/^src\//, '')
    .replace(/\.ts$/, '')
    .split('/')
  const near = (file: string) => parts.filter(part => file.split(/[/.]/).includes(part)).length
  const cost = (file: string) => (seconds.get(file) ?? 0) / 4 ** near(file)
  return [...new Set(files)].filter(file => seconds.has(file)).sort((a, b) => cost(a) - cost(b))
}

async function judge(mutant: Mutant, reached: Reach, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const tests = testsOf(mutant, reached)
  if (tests.length === 0) return { status: 'survived' }
  const chosen = { ...env, TAP_BAIL: '1', __STRYKER_ACTIVE_MUTANT__: mutant.id }
  const result = await run(
    () => tests.shift(),
    chosen,
    file => 60 + 10 * (reached.seconds.get(file) ?? 0)
  )
  if (result.isTimedOut) return { status: 'timed out' }
  if (result.code === 0) return { status: 'survived' }
  const by = String(result.last)
  return { status: 'killed', by: `${by} ${hash(readFileSync(join(copy, by), 'utf8'))}` }
}

const isStillKilled = (outcome: Outcome | undefined): outcome is Outcome => {
  const [file, text] = outcome?.by?.split(' ') ?? []
  return !!file && existsSync(join(root, file)) && hash(readFileSync(join(root, file), 'utf8')) === text
}

async function main() {
  const { values } = parseArgs({
    options: {
      sample: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      since: { type: 'string' },
      unit: { type: 'boolean', default: false },
      results: { type: 'string' }
    }
  })
  // What was killed is not run again, unless its source or the test that killed it has changed.
  const results = values.results ?? join(root, values.unit ? '.tap/mutants-unit.json' : '.tap/mutants.json')
  const mutants = await instrument()
  const changed = values.since === undefined ? undefined : changedLines(values.since)
  const all = changed ? mutants.filter(({ file, line }) => changed.get(file)?.has(line)) : mutants
  const chosen = sample(all, Number(values.sample), values.seed)
  console.log(`${chosen.length} of ${all.length} mutants`)

  const known: Record<string, Outcome> = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {}
  const databases = await startDatabases()
  const env = { ...databases.env, ...(values.unit ? { TEST_POSTGRES_URL: '' } : {}) }
  const tests = values.unit ? unitTests('.') : allTests('.')
  const reached = await reach(mutants, tests, env)
  const left = chosen.filter(({ key }) => !isStillKilled(known[key]))
  await Promise.all(
    [0, 1].map(async () => {
      for (let mutant = left.shift(); mutant; mutant = left.shift()) {
        const outcome = await judge(mutant, reached, env)
        known[mutant.key] = outcome
        writeFileSync(results, JSON.stringify(known, null, 1))
        const { file, line, original, replacement } = mutant
        const change = `${oneLine(original)} → ${oneLine(replacement)}`
        console.log(`${outcome.status} ${file}:${line} ${change} ${outcome.by?.split(' ')[0] ?? ''}`)
      }
    })
  )
  await databases.stop()

  const having = (status: Outcome['status']) => chosen.filter(({ key }) => known[key]?.status === status)
  for (const { file, line, original, replacement } of having('survived'))
    console.log(`survived ${file}:${line}\n  - ${oneLine(original)}\n  + ${oneLine(replacement)}`)
  const counts = (['killed', 'survived', 'timed out'] as const).map(status => `${having(status).length} ${status}`)
  console.log(`Of ${chosen.length} mutants: ${counts.join(', ')}`)
}

await main()
