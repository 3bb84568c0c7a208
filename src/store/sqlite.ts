import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { columns } from './columns.sqlite.ts'
import { createCommits, type Outcome } from './commits.ts'
import type { Db, Engine, Notify, Statement } from './dialect.ts'
import { createReserve, type Reserve } from './reserve.ts'
import { tables } from './tables.ts'

/** How long a start waits for another process that migrates. */
const startTimeoutMs = 5000
const reserveBytes = 8 << 20

/** The part of a SQLite query builder that runs it at once, as a better-sqlite3 transaction needs. */
interface SyncStatement {
  prepare(): { execute(): { sync(): unknown } }
}

/** A list of statements, guard first, and whether it goes on when the disk is full. */
interface Work {
  build: (tx: Db) => [Statement<unknown[]>, ...Statement[]]
  essential: boolean
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
  const commits = createCommits<Work>({ together, alone, isBusy })

  function alone({ build, essential }: Work): unknown[] {
    const transact = () => db.transaction(tx => run(tx, build), { behavior: 'immediate' })
    try {
      return transact()
    } catch (error) {
      if (!essential || !isDiskFull(error) || !reserve.spend()) throw error
      notify('The disk is full: only logging in and out goes on, in the space held back for it')
      return transact()
    }
  }

  function together(works: Work[]): Outcome[] {
    const one = (tx: Transaction, { build }: Work): Outcome => {
      try {
        return { rows: tx.transaction(savepoint => run(savepoint, build)) }
      } catch (error) {
        // A full disk is not the fault of one list, and can end the whole transaction: what came after would be outside
        // of any.
        if (isDiskFull(error) || !client.inTransaction) throw error
        return { error }
      }
    }
    return db.transaction(tx => works.map(work => one(tx, work)), { behavior: 'immediate' })
  }

  const version = client.prepare('SELECT data_version, total_changes() FROM pragma_data_version').raw()
  let [others, own, changes] = [0, 0, 0]

  return {
    dialect: 'sqlite',
    db: db as unknown as Db,
    schema: tables(columns),

    async atomic<T>(build: (tx: Db) => [Statement<T[]>, ...Statement[]], { essential } = { essential: false }) {
      if (reserve.isSpent() && !essential) throw diskIsFull()
      return (await commits.write({ build, essential })) as T[]
    },

    version() {
      // The first tells of commits of other connections, the second of this one's.
      const [ofOthers, ofOwn] = version.get() as [number, number]
      if (ofOthers !== others || ofOwn !== own) {
        changes++
        others = ofOthers
        own = ofOwn
      }
      return changes
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
      await commits.drained()
      client.close()
    }
  }
}

type Transaction = Parameters<Parameters<ReturnType<typeof drizzle>['transaction']>[0]>[0]

/** Runs a list in `tx`: the guard, and the rest when it returned a row. */
function run(tx: Transaction, build: Work['build']): unknown[] {
  const execute = (statement: unknown) => (statement as SyncStatement).prepare().execute().sync()
  const [guard, ...rest] = build(tx as unknown as Db)
  const rows = execute(guard) as unknown[]
  if (rows.length > 0) for (const statement of rest) execute(statement)
  return rows
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
