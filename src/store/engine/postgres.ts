import { setTimeout } from 'node:timers/promises'
import { drizzle } from 'drizzle-orm/node-postgres'
import pg from 'pg'
import { StoreError } from '../errors.ts'
import { columns } from '../schema/columns.postgres.ts'
import { tables } from '../schema/tables.ts'
import type { Engine, Notify } from './dialect.ts'
import { adaptToPooler, isPooled } from './pooler.ts'
import { createLists } from './postgres-lists.ts'
import { migratePostgres } from './postgres-migrations.ts'

/** The connections of a process to the database. */
export const poolSize = 10
const connectTimeoutMs = 5000
/** How long the client waits for a server that does not respond. It then closes the connection. */
const answerTimeoutMs = 5000
/** How many reads and writes may wait for a connection. */
const mostWaiting = 1000

const schema = tables(columns)

/** Opens a pool on the PostgreSQL database at `url`. `notify` receives idle connections that the server closed. */
export function openPostgres(url: string, notify: Notify = () => {}): Engine {
  const connection = { connectionString: url, connectionTimeoutMillis: connectTimeoutMs, keepAlive: true }
  const limits = { max: poolSize, query_timeout: answerTimeoutMs }
  const pool = bounded(new pg.Pool({ ...connection, ...limits, pipeline: true, onConnect: adaptToPooler }))
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on('error', error => notify('An idle database connection was lost', error))
  // The same for a connection that is closed during a transaction: its statements fail.
  pool.on('connect', client => client.on('error', () => {}))
  const db = drizzle({ client: pool })

  return {
    dialect: 'postgres',
    db,
    schema,

    ...createLists(pool),

    async migrate(folder, migrationUrl = url, onWait = notify) {
      // Separate and without a deadline, because it may have to wait long for other transactions.
      async function connect() {
        const client = new pg.Client({ ...connection, connectionString: migrationUrl })
        client.on('error', error => notify('The migration connection was lost', error))
        await client.connect()
        return client
      }
      const client = await connect()
      try {
        if (await isPooled(client, connect)) throw new StoreError('failed', pooled)
        await migratePostgres(client, folder, onWait)
      } finally {
        // Closing the connection releases the lock in any state.
        await client.end()
      }
    },

    async now() {
      const { rows } = await pool.query('SELECT clock_timestamp() AS now')
      return rows[0].now
    },

    async size() {
      const { rows } = await pool.query('SELECT pg_database_size(current_database()) AS bytes')
      return Number(rows[0].bytes)
    },

    // PostgreSQL shows a commit to others when it is on disk.
    durable: async () => {},

    volume: async () => undefined,

    async ping() {
      const client = await pool.connect()
      let isWritable = false
      try {
        const { rows } = await client.query('SHOW transaction_read_only')
        isWritable = rows[0].transaction_read_only === 'off'
      } finally {
        // A standby, and a server whose disk is full, may still serve reads. A new connection may lead to another.
        client.release(!isWritable)
      }
      if (!isWritable) throw new StoreError('unavailable', 'PostgreSQL is read-only', '25006')
    },

    async close() {
      // A pool that ends no longer serves those that wait for a connection.
      while (pool.waitingCount > 0) await setTimeout(10)
      await pool.end()
    }
  }
}

const pooled =
  'Migrations cannot run through a connection pooler. Set MIGRATION_DATABASE_URL to the address of PostgreSQL itself.'

type Connect = (callback?: (error: Error) => void) => unknown

/** The pool, for which at most `mostWaiting` reads and writes wait. Its queries connect with a callback. */
function bounded(pool: pg.Pool): pg.Pool {
  const connect = pool.connect.bind(pool) as Connect
  const connectSoon: Connect = callback => {
    if (pool.waitingCount < mostWaiting) return connect(callback)
    const error = new StoreError('unavailable', 'Too many requests are waiting for a database connection')
    return callback ? callback(error) : Promise.reject(error)
  }
  return Object.assign(pool, { connect: connectSoon })
}
