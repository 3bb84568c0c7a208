import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import { createPostgres } from '../../test/support/embedded-postgres.ts'
import { machine } from '../machine.ts'
import { cryptoMicros } from './measure/crypto.ts'
import { addEvents, fillPostgres } from './measure/fixture.ts'
import { type Cost, costOf, query, type Run, type Server } from './measure/postgres-cost.ts'
import { postgresSizes, sqliteSizes } from './measure/sizes.ts'
import * as statements from './measure/statements.ts'

// `npx tsx bench/simulate/measure.ts`: measures the statements and the rows that the simulation counts with, and writes
// bench/simulate/measured.json. It takes two minutes.

const accounts = 100_000
const batch = 8
/** Enough for every seal that is measured. */
const unsealed = 40_000

/** The lists to measure, and how many of each are enough for the clock of the processor time. */
function runs(subjects: statements.Subject[]) {
  const any = () => subjects[Math.floor(Math.random() * subjects.length)] as statements.Subject
  const refresh = () => {
    const subject = any()
    const list = statements.refresh(subject)
    subject.counter++
    return list
  }
  return {
    refresh: { list: refresh, count: 10_000 },
    login: { list: () => statements.login(any(), v7()), count: 5000 },
    failure: { list: () => statements.failure(any()), count: 5000 },
    seal1000: { list: () => statements.seal(1000), count: 6, warmUp: 1, connections: 1 },
    loginReads: { list: () => statements.loginReads(any()), count: 8000 },
    readByKey: { list: () => statements.readSession(any()), count: 8000 },
    readOne: { list: () => statements.readSessions([any()]), count: 8000 },
    readEight: { list: () => statements.readSessions(Array.from({ length: batch }, any)), count: 4000 }
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

async function costs(server: Server, subjects: statements.Subject[], wholePages: 'on' | 'off') {
  await set(server, 'full_page_writes', wholePages)
  await addEvents(server, unsealed)
  const found: Record<string, Cost> = {}
  for (const [name, run] of Object.entries<Run>(runs(subjects))) {
    // Few lists after a checkpoint change each page once, as in a large table.
    const count = wholePages === 'on' ? Math.min(run.count, 400) : run.count
    found[name] = wholePages === 'on' ? await costOf(server, { ...run, count }) : await leastCost(server, run)
    console.log(wholePages, name, found[name])
  }
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
  const afterCheckpoint = await costs(server, subjects, 'on')
  const steady = await costs(server, subjects, 'off')
  const { refresh, readOne, readEight } = runs(subjects)
  await set(server, 'plan_cache_mode', 'force_generic_plan')
  const onePlan = { readOne: await leastCost(server, readOne), readEight: await leastCost(server, readEight) }
  await set(server, 'full_page_writes', 'on')
  await query(server.url, 'ALTER TABLE sessions SET (fillfactor = 80)')
  await query(server.url, 'VACUUM (FULL, ANALYZE) sessions')
  const withRoom = { refresh: await costOf(server, { ...refresh, count: 400 }) }
  const measured = {
    date: new Date().toISOString(),
    machine: machine(),
    bytes,
    steady,
    afterCheckpoint,
    onePlan,
    withRoom,
    crypto: cryptoMicros()
  }
  writeFileSync(join(import.meta.dirname, 'measured.json'), `${JSON.stringify(measured, null, 2)}\n`)
} finally {
  await postgres.stop()
  rmSync(folder, { recursive: true })
}
// The library of PostgreSQL discards `process.exitCode`.
process.exit(0)
