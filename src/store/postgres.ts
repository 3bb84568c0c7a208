import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { columns } from './columns.postgres.ts'
import type { Db, Engine, Statement } from './dialect.ts'
import { tables } from './tables.ts'

const poolSize = 10
const connectTimeoutMs = 5000
/** Any number will do, as long as nothing else in the database locks the same one: "sallyprt" in ASCII. */
const migrationLock = 0x73616c6c79707274n

/** Opens a pool on the PostgreSQL database at `url`. */
export function openPostgres(url: string, onIdleError: (error: Error) => void): Engine {
  const pool = new pg.Pool({ connectionString: url, max: poolSize, connectionTimeoutMillis: connectTimeoutMs })
  // Without a listener an idle connection that the server cuts would end the process.
  pool.on('error', onIdleError)
  const db = drizzle({ client: pool })

  return {
    dialect: 'postgres',
    db,
    schema: tables(columns),

    atomic<T>(build: (tx: Db) => [Statement<T[]>, ...Statement[]]) {
      return db.transaction(async tx => {
        const [guard, ...rest] = build(tx)
        const rows = await guard
        if (rows.length > 0) for (const statement of rest) await statement
        return rows
      })
    },

    async migrate(folder) {
      const client = await pool.connect()
      try {
        await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
        await migrate(drizzle({ client }), { migrationsFolder: folder })
      } finally {
        // The lock belongs to the connection: closing it lets go of both, whatever state they are in.
        client.release(true)
      }
    },

    async ping() {
      await pool.query('SELECT 1')
    },

    close: () => pool.end()
  }
}
