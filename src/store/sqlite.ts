import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { columns } from './columns.sqlite.ts'
import type { Db, Engine, Notify, Statement } from './dialect.ts'
import { createReserve, type Reserve } from './reserve.ts'
import { tables } from './tables.ts'

/** How long a start waits for another process that migrates. */
const startTimeoutMs = 5000
/** How long a write waits for another process that writes: not in SQLite, which would stop everything else meanwhile. */
const busyTimeoutMs = 5000
const busyRetryMs = 5
const reserveBytes = 8 << 20

/** The part of a SQLite query builder that runs it at once, as a better-sqlite3 transaction needs. */
interface SyncStatement {
  prepare(): { execute(): { sync(): unknown } }
}

/**
 * Opens the SQLite file at `path` (or `:memory:`), creating it (0600) and its folder (0700) when missing. Beside it lies
 * `path`-reserve: space for logins on a full disk. `notify` hears of it.
 */
export function openSqlite(path: string, notify: Notify = () => {}): Engine {
  const isFile = path !== ':memory:'
  if (isFile) makePrivate(path)
  const client = new Database(path, { timeout: startTimeoutMs })
  client.pragma('journal_mode = WAL')
  client.pragma('synchronous = FULL')
  client.pragma('foreign_keys = ON')
  const db = drizzle({ client })
  const reserve = isFile ? createReserve(`${path}-reserve`, reserveBytes) : noReserve

  function transact<T>(build: (tx: Db) => [Statement<T[]>, ...Statement[]]): T[] {
    const run = (statement: unknown) => (statement as SyncStatement).prepare().execute().sync()
    return db.transaction(
      tx => {
        const [guard, ...rest] = build(tx as unknown as Db)
        const rows = run(guard) as T[]
        if (rows.length > 0) for (const statement of rest) run(statement)
        return rows
      },
      { behavior: 'immediate' }
    )
  }

  return {
    dialect: 'sqlite',
    db: db as unknown as Db,
    schema: tables(columns),

    async atomic(build, { essential } = { essential: false }) {
      if (reserve.isSpent() && !essential) throw diskIsFull()
      const giveUpAt = performance.now() + busyTimeoutMs
      let spends = 0
      for (;;) {
        try {
          return transact(build)
        } catch (error) {
          if (isBusy(error) && performance.now() < giveUpAt) {
            await setTimeout(busyRetryMs)
          } else if (essential && isDiskFull(error) && spends++ === 0 && reserve.spend()) {
            notify('The disk is full: only logging in and out goes on, in the space held back for it')
          } else {
            throw error
          }
        }
      }
    },

    async migrate(folder) {
      try {
        migrate(db, { migrationsFolder: folder })
      } catch {
        // drizzle reads its journal before it begins the transaction, so the loser of a race fails on its first
        // statement and has changed nothing; by then the winner is done. A real fault fails here again.
        migrate(db, { migrationsFolder: folder })
      }
      client.pragma('busy_timeout = 0')
    },

    async ping() {
      // Reads the file, which `SELECT 1` would not.
      client.prepare('SELECT count(*) FROM sqlite_schema').get()
    },

    async close() {
      client.close()
    }
  }
}

/** Makes the file before SQLite does, which would let others read it; the files beside it get the same mode. */
function makePrivate(path: string) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
}

const noReserve: Reserve = { spend: () => false, isSpent: () => false }

const hasCode = (error: unknown, codes: RegExp) => codes.test(String((error as { code?: unknown }).code))
const isBusy = (error: unknown) => hasCode(error, /^SQLITE_BUSY/)
/** What SQLite says of a full disk, a full quota, and a file at its size limit. */
const isDiskFull = (error: unknown) => hasCode(error, /^SQLITE_(FULL|IOERR_WRITE)$/)

const diskIsFull = () =>
  Object.assign(new Error('the disk is full, and what is left is for logins'), { code: 'SQLITE_FULL' })
