import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPostgres } from '../../test/support/embedded-postgres.ts'
import { machine } from '../machine.ts'
import { cryptoMicros } from './measure/crypto.ts'
import { addEvents, fillPostgres } from './measure/fixture.ts'
import type { Subject } from './measure/lists.ts'
import { type Cost, costOf, query, type Run, type Server } from './measure/postgres-cost.ts'
import { postgresSizes, sqliteSizes } from './measure/sizes.ts'

// `npx tsx bench/simulate/measure.ts`: measures the statement lists and the rows that the simulation counts with, and
// writes bench/simulate/measured.json. It takes some minutes.

const accounts = 100_000
const batch = 8
/** Enough for every seal that is measured. */
const unsealed = 45_000

/** The lists to measure, and how many of each are enough for the clock of the processor time. */
function runs(subjects: Subject[]) {
  const any = () => subjects[Math.floor(Math.random() * subjects.length)] as Subject
  const several = () => Array.from({ length: batch }, any)
  return {
    refresh: { send: worker => worker.refresh([any()]), count: 6000 },
    refreshEight: { send: worker => worker.refresh(several()), count: 1500 },
    login: { send: worker => worker.login(any()), count: 3000 },
    failure: { send: worker => worker.fail(any()), count: 3000 },
    seal1000: { send: worker => worker.seal(), count: 8, warmUp: 1, workers: 1 },
    loginReads: { send: worker => worker.loginReads(any()), count: 3000 },
    readOne: { send: worker => worker.read([any()]), count: 6000 },
    readEight: { send: worker => worker.read(several()), count: 3000 },
    readOneExactly: { send: worker => worker.readExactly([any()]), count: 6000 },
    readEightExactly: { send: worker => worker.readExactly(several()), count: 3000 }
  } satisfies Record<string, Run>
}

async function set(server: Server, setting: string, value: string) {
  await query(server.url, `ALTER SYSTEM SET ${setting} = ${value}`)
  await query(server.url, 'SELECT pg_reload_conf()')
  // Every process of the server reads its settings at its own time.
  await sleep(500)
}

/** The least of five measurements, because other programs on the machine can only add processor time. */
async function leastCost(server: Server, run: Run): Promise<Cost> {
  const found: Cost[] = []
  for (let n = 0; n < 5; n++) found.push(await costOf(server, run))
  return found.sort((a, b) => a.serverMicros - b.serverMicros)[0] as Cost
}

/** Without whole pages in the log. */
async function steadyCosts(server: Server, subjects: Subject[]) {
  await set(server, 'full_page_writes', 'off')
  await addEvents(server, unsealed)
  const found: Record<string, Cost> = {}
  for (const [name, run] of Object.entries<Run>(runs(subjects))) {
    found[name] = await leastCost(server, run)
    console.log(name, found[name])
  }
  return found
}

/** Few lists after a checkpoint change each page once, as in a large table. */
const fewAfterCheckpoint = (server: Server, run: Run) => costOf(server, { ...run, count: Math.min(run.count, 400) })

/** With whole pages in the log. */
async function costsAfterCheckpoint(server: Server, subjects: Subject[]) {
  await set(server, 'full_page_writes', 'on')
  await addEvents(server, unsealed)
  const { refresh, login, failure, seal1000 } = runs(subjects)
  const found: Record<string, Cost> = {}
  for (const [name, run] of Object.entries<Run>({ refresh, login, failure, seal1000 }))
    found[name] = await fewAfterCheckpoint(server, run)
  console.log('after a checkpoint', found)
  return found
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-measure-'))
const settings = ['shared_buffers=512MB', 'max_wal_size=8GB', 'checkpoint_timeout=1h', 'autovacuum=off']
const postgres = await createPostgres({ connections: 50, more: settings })
await postgres.start()
try {
  const server = { url: postgres.url, pid: postgres.pid() }
  const subjects = await fillPostgres(server, accounts)
  const bytes = { postgres: await postgresSizes(server), sqlite: await sqliteSizes(server, folder) }
  const afterCheckpoint = await costsAfterCheckpoint(server, subjects)
  const { readOneExactly, readEightExactly, ...steady } = await steadyCosts(server, subjects)
  await set(server, 'full_page_writes', 'on')
  await query(server.url, 'ALTER TABLE sessions SET (fillfactor = 100)')
  await query(server.url, 'VACUUM (FULL, ANALYZE) sessions')
  const refresh = await fewAfterCheckpoint(server, runs(subjects).refresh)
  const measured = {
    date: new Date().toISOString(),
    machine: machine(),
    bytes,
    steady,
    afterCheckpoint,
    before: { readOne: readOneExactly, readEight: readEightExactly, refresh },
    crypto: cryptoMicros()
  }
  writeFileSync(join(import.meta.dirname, 'measured.json'), `${JSON.stringify(measured, null, 2)}\n`)
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true })
}
// The library of PostgreSQL discards `process.exitCode`.
process.exit(0)
