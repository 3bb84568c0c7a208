import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { renderChart } from './chart.ts'
import { otherCommit } from './entrants/against.ts'
import type { Entrant, Program } from './entrants/entrant.ts'
import { oauthPeers } from './entrants/oauth-peers.ts'
import { peers } from './entrants/peers.ts'
import { sallyport } from './entrants/sallyport.ts'
import { figures } from './figures/all.ts'
import type { Bench, Figure, FigureResult } from './figures/figure.ts'
import { machine } from './machine.ts'
import { type Options, readOptions, usage } from './options.ts'
import { stopAll } from './processes.ts'
import { createProgress } from './progress.ts'
import { refusal } from './refusal.ts'
import { renderText } from './report.ts'
import type { Results } from './results.ts'
import { openUnfinished } from './unfinished.ts'
import { watchOthers } from './usage.ts'
import { writeDocs } from './write-docs.ts'

// `npm run bench`: measures Sallyport against its peers and against the limits of the machine. It fails when something
// does not run, but never because of a bad number.

/** How many figures a smoke run measures at a time: most of it is waiting, and its numbers mean nothing. */
const smokeLanes = 3

const progress = createProgress(process.stderr)
const work = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))

async function prepared(entrants: Program[], skipped: Results['skipped']): Promise<Program[]> {
  const ready: Program[] = []
  for (const entrant of entrants) {
    progress.show(`preparing ${entrant.title}`)
    try {
      await entrant.prepare()
      ready.push(entrant)
    } catch (error) {
      const { message: reason } = error as Error
      skipped.push({ name: entrant.title, reason })
      progress.say(`${entrant.title} is left out: ${reason}`)
    }
  }
  return ready
}

/** The time left for second measurements (milliseconds). All first measurements take about 22 minutes. */
let timeForRepeats = 150_000

/** Measures a figure, and once more if the result must not be published and time is left. */
async function measured({ name, title, measure }: Figure, bench: Bench): Promise<FigureResult> {
  for (let isLast = bench.isSmoke; ; isLast = true) {
    const [begin, othersShare] = [performance.now(), watchOthers()]
    const result = { name, title, ...(await measure(bench)) }
    const refused = bench.isSmoke ? undefined : refusal(result, othersShare())
    if (refused === undefined) return result
    const took = performance.now() - begin
    if (isLast || took > timeForRepeats) return { ...result, refused }
    timeForRepeats -= took
    progress.say(`${name} is measured once more: ${refused}`)
  }
}

/** Checks out another commit, if the options name one, and builds it. */
async function prepareOther(revision: string | undefined): Promise<Entrant | undefined> {
  if (revision === undefined) return
  const other = otherCommit(revision, mkdtempSync(join(work, 'against-')))
  progress.show(`preparing ${other.title}`)
  await other.prepare()
  return other
}

/** Resolves to the exit code: 1 when a figure could not be measured. */
async function run(options: Options): Promise<number> {
  const { rounds, seconds, isSmoke, isWide, docs } = options
  const out = resolve(options.out)
  mkdirSync(out, { recursive: true })
  // Hashes that cost little; the figures of a smoke run do not matter.
  if (isSmoke) process.env.BCRYPT_COST ??= '4'
  if (Number.isNaN(watchOthers()()))
    progress.say('This system does not tell what other processes use, so it is not checked.')
  progress.show('building Sallyport')
  await sallyport.prepare()
  const against = await prepareOther(options.against)
  const skipped: Results['skipped'] = []
  const wanted = figures.filter(({ name }) => options.only.includes(name))
  const kinds = new Set(wanted.flatMap(({ compares = [] }) => compares))
  const compared = [...(kinds.has('peers') ? peers : []), ...(kinds.has('tokenServers') ? oauthPeers : [])]
  const ready = await prepared(
    compared.filter(({ name }) => options.peers.includes(name)),
    skipped
  )

  const here = machine()
  // Changed files may change again between two runs.
  const isResumable = !isSmoke && /^[0-9a-f]+$/.test(here.commit)
  const unfinished = isResumable
    ? openUnfinished(join(out, 'unfinished.json'), {
        here,
        options: { ...options, out, docs: false },
        against: against?.title
      })
    : undefined
  let code = 0
  const results: FigureResult[] = []
  async function take(figure: Figure): Promise<FigureResult> {
    const { name, title } = figure
    const earlier = unfinished?.find(name)
    if (earlier) {
      progress.say(`${name} is taken over from the run that was interrupted`)
      return earlier
    }
    progress.show(`${name}: starting servers`)
    const bench: Bench = {
      rounds,
      seconds,
      isSmoke,
      peers: peers.filter(peer => ready.includes(peer)),
      tokenServers: oauthPeers.filter(peer => ready.includes(peer)),
      isWide,
      against,
      folder: () => mkdtempSync(join(work, `${name}-`)),
      progress: text => progress.show(`${name}: ${text}`)
    }
    try {
      const begin = performance.now()
      const result = await measured(figure, bench)
      progress.say(`${name} took ${Math.round((performance.now() - begin) / 1000)} s`)
      unfinished?.add(result)
      return result
    } catch (error) {
      // The other figures can still be measured; the exit code reports this failure.
      code = 1
      progress.say(`${name} could not be measured: ${(error as Error).stack}`)
      // In a smoke run, other figures still use their servers.
      if (!isSmoke) await stopAll()
      return { name, title, lines: [], notes: [], skipped: (error as Error).message, refused: 'it failed' }
    }
  }
  // The lanes share the iterator, so each takes the next figure.
  const figuresLeft = wanted.entries()
  async function takeAll() {
    for (const [at, figure] of figuresLeft) results[at] = await take(figure)
  }
  await Promise.all(Array.from({ length: isSmoke ? smokeLanes : 1 }, takeAll))
  progress.clear()
  // An interrupt fails the figure that is being measured, so a run with a failure has not ended.
  if (code === 0) unfinished?.end()

  const date = new Date().toISOString()
  const all: Results = { date, machine: here, rounds, seconds, isSmoke, figures: results, skipped }
  console.log(renderText(all))
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(all, null, 2)}\n`)
  writeFileSync(join(out, 'chart.svg'), renderChart(all))
  if (docs) writeDocs(all)
  return code
}

// Cleans up at the very end, because the embedded PostgreSQL library may end the process after a signal.
process.once('exit', () => rmSync(work, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stopAll().finally(() => process.exit(1)))
}

const known = { figures: figures.map(({ name }) => name), peers: [...peers, ...oauthPeers].map(({ name }) => name) }
let code = 0
try {
  if (process.argv.includes('--help')) console.log(usage(known))
  else code = await run(readOptions(process.argv.slice(2), known))
} catch (error) {
  progress.clear()
  console.error(error)
  code = 1
}
await stopAll()
// That library also discards `process.exitCode`.
process.exit(code)
