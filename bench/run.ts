import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitsOf, otherCommit } from './entrants/against.ts'
import type { Entrant } from './entrants/entrant.ts'
import { oauthPeers } from './entrants/oauth-peers.ts'
import { rootFolder } from './entrants/packages.ts'
import { peers } from './entrants/peers.ts'
import { sallyport } from './entrants/sallyport.ts'
import { figures } from './figures/all.ts'
import type { Bench, Figure, FigureResult } from './figures/figure.ts'
import { machine } from './machine.ts'
import { type Options, readOptions, usage } from './options.ts'
import { writeDocs } from './page.ts'
import { stopAll } from './processes.ts'
import { createProgress } from './progress.ts'
import { refusal } from './refusal.ts'
import { type Results, renderText } from './report.ts'
import { watchOthers } from './usage.ts'

// `npm run bench`: measures Sallyport against its peers and against the limits of the machine. It fails when something
// does not run, but never because of a bad number.

/** How many figures a smoke run measures at a time: most of it is waiting, and its numbers mean nothing. */
const smokeLanes = 3

const progress = createProgress(process.stderr)
const work = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))

/** The peers that run here; the others are added to `skipped`, with the reason. */
async function prepared(wanted: Entrant[], skipped: Results['skipped']): Promise<Entrant[]> {
  const ready: Entrant[] = []
  for (const peer of wanted) {
    try {
      await peer.prepare?.()
      ready.push(peer)
    } catch (error) {
      const { message: reason } = error as Error
      skipped.push({ name: peer.title, reason })
      progress.say(`${peer.title} is left out: ${reason}`)
    }
  }
  return ready
}

/** The time left for second measurements (milliseconds). */
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

/** Checks out the other commits, and builds them. */
async function prepareOthers(revisions: string[]): Promise<Entrant[]> {
  const others = commitsOf(revisions).map(commit => otherCommit(commit, mkdtempSync(join(work, 'against-'))))
  for (const other of others) {
    progress.show(`building ${other.title}`)
    await other.prepare?.()
  }
  return others
}

/** Resolves to the exit code: 1 when a figure could not be measured. */
async function run(options: Options): Promise<number> {
  const { rounds, seconds, isSmoke } = options
  // Hashes that cost little; the figures of a smoke run do not matter.
  if (isSmoke) process.env.BCRYPT_COST ??= '4'
  if (Number.isNaN(watchOthers()()))
    progress.say('This system does not tell what other processes use, so it is not checked.')
  progress.show('building Sallyport')
  await sallyport.prepare?.()
  const against = await prepareOthers(options.against)
  const skipped: Results['skipped'] = []
  const isWanted = ({ name }: { name: string }) => options.peers.includes(name)
  const ready = await prepared(peers.filter(isWanted), skipped)
  const tokenServers = oauthPeers.filter(isWanted)

  let code = 0
  async function take(figure: Figure): Promise<FigureResult> {
    const { name, title } = figure
    progress.show(`${name}: starting servers`)
    const folder = () => mkdtempSync(join(work, `${name}-`))
    const show = (text: string) => progress.show(`${name}: ${text}`)
    const begin = performance.now()
    try {
      const bench = { rounds, seconds, isSmoke, peers: ready, tokenServers, against, folder, progress: show }
      const result = await measured(figure, bench)
      progress.say(`${name} took ${Math.round((performance.now() - begin) / 1000)} s`)
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
  const results: FigureResult[] = []
  // The lanes share the iterator, so each takes the next figure.
  const figuresLeft = figures.filter(({ name }) => options.figures.includes(name)).entries()
  async function takeAll() {
    for (const [at, figure] of figuresLeft) results[at] = await take(figure)
  }
  await Promise.all(Array.from({ length: isSmoke ? smokeLanes : 1 }, takeAll))
  progress.clear()

  const date = new Date().toISOString()
  const all: Results = { date, machine: machine(), rounds, seconds, isSmoke, figures: results, skipped }
  console.log(renderText(all))
  const out = join(rootFolder, 'bench/results')
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(all, null, 2)}\n`)
  if (options.docs) writeDocs(all)
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
