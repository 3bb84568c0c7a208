import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { renderChart } from './chart.ts'
import type { Program } from './entrants/entrant.ts'
import { oauthPeers } from './entrants/oauth-peers.ts'
import { peers } from './entrants/peers.ts'
import { sallyport } from './entrants/sallyport.ts'
import { figures } from './figures/all.ts'
import type { Bench, FigureResult } from './figures/figure.ts'
import { machine } from './machine.ts'
import { type Options, readOptions, usage } from './options.ts'
import { stopAll } from './processes.ts'
import { createProgress } from './progress.ts'
import { renderText } from './report.ts'
import type { Results } from './results.ts'
import { writeDocs } from './write-docs.ts'

// `npm run bench`: measures Sallyport against its peers and against the limits of the machine. It fails when something
// does not run, but never because of a bad number.

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

/** Resolves to the exit code: 1 when a figure could not be measured. */
async function run(options: Options): Promise<number> {
  const { rounds, seconds, isSmoke } = options
  progress.show('building Sallyport')
  await sallyport.prepare()
  const skipped: Results['skipped'] = []
  const wanted = figures.filter(({ name }) => options.only.includes(name))
  const compared = wanted.some(({ comparesPeers }) => comparesPeers) ? options.peers : []
  const ready = await prepared(
    [...peers, ...oauthPeers].filter(({ name }) => compared.includes(name)),
    skipped
  )

  let code = 0
  const measured: FigureResult[] = []
  for (const { name, title, measure } of wanted) {
    progress.show(`${name}: starting servers`)
    const bench: Bench = {
      rounds,
      seconds,
      isSmoke,
      peers: peers.filter(peer => ready.includes(peer)),
      tokenServers: oauthPeers.filter(peer => ready.includes(peer)),
      isBrief: options.isBrief,
      against: options.against,
      folder: () => mkdtempSync(join(work, `${name}-`)),
      progress: text => progress.show(`${name}: ${text}`)
    }
    try {
      measured.push({ name, title, ...(await measure(bench)) })
    } catch (error) {
      // The other figures can still be measured; the exit code reports this failure.
      code = 1
      progress.say(`${name} could not be measured: ${(error as Error).stack}`)
      measured.push({ name, title, lines: [], notes: [], skipped: `failed: ${(error as Error).message}` })
      await stopAll()
    }
  }
  progress.clear()

  const date = new Date().toISOString()
  const results: Results = { date, machine: machine(), rounds, seconds, isSmoke, figures: measured, skipped }
  console.log(renderText(results))
  const out = resolve(options.out)
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(join(out, 'chart.svg'), renderChart(results))
  if (options.docs) writeDocs(results, renderChart)
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
