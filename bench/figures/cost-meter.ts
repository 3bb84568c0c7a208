import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { databaseSettings } from '../entrants/sallyport.ts'
import { cpuSeconds, writtenBytes } from '../usage.ts'

/** The cost of one operation. */
export interface Cost {
  /** Processor time of the server, in milliseconds. */
  serverMs: number
  /** Processor time of PostgreSQL, in milliseconds. */
  databaseMs: number
  /** To the disk on SQLite, to the write-ahead log on PostgreSQL. */
  writtenBytes: number
  /** By which the database has grown. */
  keptBytes: number
}

/** Counts the resources that a server and its database have used. */
export interface Meter {
  used(): Promise<{ serverSeconds: number; databaseSeconds: number; written: number }>
  /** The size of the database, without free space, in bytes. */
  kept(): Promise<number>
  /** The number of events without a seal. */
  unsealed(): Promise<number>
}

const unsealed = 'SELECT count(*) AS count FROM audit WHERE seal IS NULL'

/** Of the server `pid` in `folder`, on SQLite. */
export function sqliteMeter(folder: string, pid: number): Meter {
  const path = databaseSettings(folder).DATABASE_URL.slice('sqlite:'.length)
  const first = (query: string) => {
    const db = openDatabase(path, { readonly: true })
    const value = Number(db.prepare(query).pluck().get())
    db.close()
    return value
  }
  const pragma = (name: string) => first(`PRAGMA ${name}`)
  return {
    used: async () => ({ serverSeconds: cpu(pid), databaseSeconds: 0, written: writtenBytes(pid) ?? Number.NaN }),
    kept: async () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'),
    unsealed: async () => first(unsealed)
  }
}

/** A PostgreSQL server, and the one connection of the meter: opening more would distort the measurement. */
export interface Database {
  pid: number
  client: pg.Client
}

/** Of the server `pid` on PostgreSQL. */
export function postgresMeter({ pid: databasePid, client }: Database, pid: number): Meter {
  async function first(text: string) {
    const { rows } = await client.query<string[]>({ text, rowMode: 'array' })
    return rows[0]?.[0]
  }
  return {
    used: async () => ({
      serverSeconds: cpu(pid),
      databaseSeconds: cpu(databasePid),
      written: Number(await first("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"))
    }),
    async kept() {
      const tables = await first("SELECT string_agg(relid::regclass::text, ', ') FROM pg_stat_user_tables")
      await client.query(`VACUUM (FULL) ${tables}`)
      return Number(await first('SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables'))
    },
    unsealed: async () => Number(await first(unsealed))
  }
}

const cpu = (pid: number) => cpuSeconds(pid) ?? Number.NaN

/** The mean cost of an operation that `run` does so many times, with the seals of its events. */
export async function costOf(meter: Meter, run: (count: number) => Promise<void>, count: number): Promise<Cost> {
  await run(Math.ceil(count / 10))
  await untilSealed(meter)
  const keptBefore = await meter.kept()
  const before = await meter.used()
  await run(count)
  await untilSealed(meter)
  const after = await meter.used()
  const kept = (await meter.kept()) - keptBefore
  return {
    serverMs: ((after.serverSeconds - before.serverSeconds) * 1000) / count,
    databaseMs: ((after.databaseSeconds - before.databaseSeconds) * 1000) / count,
    writtenBytes: (after.written - before.written) / count,
    keptBytes: kept / count
  }
}

async function untilSealed({ unsealed }: Meter) {
  while ((await unsealed()) > 0) await sleep(100)
}
