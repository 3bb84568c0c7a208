import { sallyport } from '../entrants/sallyport.ts'
import { withClient, withPostgres } from '../postgres.ts'
import { inRounds } from '../rounds.ts'
import { cpuSeconds } from '../usage.ts'
import { hashMs } from './cost-hash.ts'
import { costTable, type EngineName, engines, hashes, lines, measuredHash, type Round } from './cost-lines.ts'
import { type Cost, costOf, type Database, type Meter, postgresMeter, sqliteMeter } from './cost-meter.ts'
import { clientCount, type OperationName, settings, startOperations } from './cost-operations.ts'
import type { Bench, Figure } from './figure.ts'
import { perCoreTable } from './per-core.ts'

/** Enough for the clock of the processor time, which counts in 10 ms. */
const counts: Record<OperationName, number> = {
  login: 300,
  refresh: 1000,
  moved: 1000,
  clientCredentials: 1000,
  me: 3000,
  introspection: 1500
}

/** The price of each operation for an operator, in processor time and bytes. */
export const cost: Figure = {
  name: 'cost',
  title: 'What an operation costs',
  async measure(bench) {
    if (cpuSeconds(process.pid) === undefined)
      return { lines: [], notes: [], skipped: 'the system does not report what a process uses' }
    return await withPostgres((url, pid) => withClient(url, client => measureCosts(bench, { url, pid, client })))
  }
}

async function measureCosts({ rounds, isSmoke, folder, progress }: Bench, postgres: Database & { url: string }) {
  const place = { folder: folder() }
  async function start(env: Record<string, string>, meterOf: (pid: number) => Meter) {
    const all = { ...settings, BCRYPT_COST: String(measuredHash), ...env }
    const server = await sallyport.start({ ...place, env: all })
    return { meter: meterOf(server.pid), operations: await startOperations(server), stop: server.stop }
  }
  const worlds = {
    sqlite: await start({}, pid => sqliteMeter(place.folder, pid)),
    postgres: await start({ DATABASE_URL: postgres.url }, pid => postgresMeter(postgres, pid))
  }

  const measured = await inRounds(Object.keys(engines), rounds, async (engine, round): Promise<Round> => {
    const { meter, operations } = worlds[engine as EngineName]
    const hashTimes: Record<number, number> = {}
    for (const hash of [measuredHash, ...hashes]) hashTimes[hash] = await hashMs(hash, isSmoke ? 1 : 2 ** (13 - hash))
    const costs: Partial<Record<OperationName, Cost>> = {}
    for (const name of Object.keys(counts) as OperationName[]) {
      costs[name] = await costOf(meter, operations[name], isSmoke ? 16 : counts[name])
      progress(`round ${round + 1}/${rounds}  ${engine}  ${name}  ${costs[name].serverMs.toFixed(3)} ms`)
    }
    return { costs: costs as Round['costs'], hashMs: hashTimes }
  })
  await Promise.all(Object.values(worlds).map(({ stop }) => stop()))

  const byEngine = measured as Record<EngineName, Round[]>
  return {
    lines: lines(byEngine),
    tables: [
      ...(Object.keys(engines) as EngineName[]).map(engine => ({
        title: `An operation on ${engines[engine]}`,
        rows: costTable(engine, byEngine[engine])
      })),
      { title: 'Operations of one core in a second, beside what others publish', rows: perCoreTable(byEngine) }
    ],
    notes: [
      `${clientCount} clients, each sending its next request when the last is answered. A busier server needs less time ` +
        'and writes less for each, because requests share turns of the event loop and commits.',
      `Hashes were measured alone. The measured logins have one at cost ${measuredHash}, which is subtracted.`,
      'An event is what a refresh from another address prefix costs more, with its part of a seal of up to 1,000 events.',
      'Written are on SQLite the pages of the log and of the file (`write_bytes`); on PostgreSQL the log, without the whole ' +
        'pages that follow a checkpoint.',
      'Kept is the growth of the file without free pages; on PostgreSQL that of tables and indexes after `VACUUM (FULL)`.'
    ]
  }
}
