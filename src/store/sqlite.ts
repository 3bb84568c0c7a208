import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { migrate } from 'drizzle-orm/better-sqlite3/migrator'
import { columns } from './columns.sqlite.ts'
import type { Db, Engine, Statement } from './dialect.ts'
import { tables } from './tables.ts'

const busyTimeoutMs = 5000

/** The part of a SQLite query builder that runs it at once, as a better-sqlite3 transaction needs. */
interface SyncStatement {
  prepare(): { execute(): { sync(): unknown } }
}

/** Opens the SQLite file at `path` (or `:memory:`), creating it and its folder (0700) when missing. */
export function openSqlite(path: string): Engine {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const client = new Database(path, { timeout: busyTimeoutMs })
  client.pragma('journal_mode = WAL')
  client.pragma('synchronous = FULL')
  client.pragma('foreign_keys = ON')
  const db = drizzle({ client })

  return {
    dialect: 'sqlite',
    db: db as unknown as Db,
    schema: tables(columns),

    async atomic<T>(build: (tx: Db) => [Statement<T[]>, ...Statement[]]) {
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
    },

    async migrate(folder) {
      try {
        migrate(db, { migrationsFolder: folder })
      } catch {
        // drizzle reads its journal before it begins the transaction, so the loser of a race fails on its first
        // statement and has changed nothing; by then the winner is done. A real fault fails here again.
        migrate(db, { migrationsFolder: folder })
      }
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
