import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { StoreError, toStoreError } from '../errors.ts'
import { columns } from '../schema/columns.postgres.ts'
import { tables } from '../schema/tables.ts'
import type { Build, Engine, Notify } from './dialect.ts'
import { createCommits } from './group-commit.ts'

const poolSize = 10
const connectTimeoutMs = 5000
/** The server aborts a statement after this time, and a transaction that stays idle for this long. */
const statementTimeoutMs = 5000
/** How long the client waits for a server that does not respond. */
const answerTimeoutMs = 7000
/** An arbitrary number for the advisory lock: "sallyprt" in ASCII. */
const migrationLock = 0x73616c6c79707274n
/** The lock of transactions that write, which the audit chain requires to run one after the other: "sallyaud". */
const writeLock = 0x73616c6c79617564n
/** How long a write waits for a row that is locked by a transaction other than Sallyport's. */
const rowLockTimeoutMs = 1000

const begin = `BEGIN; SELECT pg_advisory_xact_lock(${writeLock}); SET LOCAL lock_timeout = ${rowLockTimeoutMs}`

interface PreparableStatement {
  prepare(name: string): PreparedStatement
}

interface PreparedStatement {
  execute(params: Record<string, unknown>): Promise<unknown>
}

/** Runs a list of statements on the connection of its transaction; resolves to the rows of the first. */
type Work = (client: pg.PoolClient) => Promise<unknown[]>

/** Opens a pool on the PostgreSQL database at `url`. `notify` receives idle connections that the server closed. */
export function openPostgres(url: string, notify: Notify = () => {}): Engine {
  const connection = { connectionString: url, connectionTimeoutMillis: connectTimeoutMs, keepAlive: true }
  const pool = new pg.Pool({
    ...connection,
    max: poolSize,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: answerTimeoutMs
  })
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on('error', error => notify('An idle database connection was lost', error))
  // The same for a connection that is closed between two statements of a transaction: the next statement then fails.
  pool.on('connect', client => client.on('error', () => {}))
  const db = drizzle({ client: pool })

  /** Runs all works in one transaction, exclusive across nodes, and returns the rows of each. */
  async function together(works: Work[]): Promise<unknown[][]> {
    // drizzle's transaction never releases the connection when BEGIN fails, and waits for ROLLBACK on a server that
    // does not respond. Closing a connection rolls back in any state.
    const client = await pool.connect()
    let isBroken = true
    try {
      await client.query(begin)
      const results: unknown[][] = []
      for (const work of works) results.push(await work(client))
      await client.query('COMMIT')
      isBroken = false
      return results
    } finally {
      client.release(isBroken)
    }
  }

  const commits = createCommits<Work>({
    together,
    alone: async work => (await together([work]))[0] as unknown[],
    isOfOne
  })

  return {
    dialect: 'postgres',
    db,
    schema: tables(columns),

    async atomic<T>(build: Build<T>) {
      return (await commits.write(client => {
        const statements = build(drizzle({ client }))
        return runList(statements.map(statement => async () => await statement))
      })) as T[]
    },

    prepare<T>(name: string, build: Build<T>) {
      // A prepared statement belongs to its connection.
      const prepared = new WeakMap<pg.PoolClient, PreparedStatement[]>()
      const prepare = (client: pg.PoolClient) => {
        const statements = build(drizzle({ client })).map((statement, index) =>
          (statement as unknown as PreparableStatement).prepare(`${name}_${index}`)
        )
        prepared.set(client, statements)
        return statements
      }
      return async params =>
        (await commits.write(client => {
          const statements = prepared.get(client) ?? prepare(client)
          return runList(statements.map(statement => () => statement.execute(params)))
        })) as T[]
    },

    async migrate(folder) {
      // Separate and without a statement timeout, because its statements wait for other nodes and rewrite tables.
      const client = new pg.Client(connection)
      client.on('error', error => notify('The migration connection was lost', error))
      await client.connect()
      try {
        await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
        await migrate(drizzle({ client }), { migrationsFolder: folder })
      } finally {
        // Closing the connection releases the lock in any state.
        await client.end()
      }
    },

    async ping() {
      const { rows } = await pool.query('SHOW transaction_read_only')
      // A standby, and a server whose disk is full, may still serve reads.
      if (rows[0].transaction_read_only === 'on')
        throw new StoreError('unavailable', 'PostgreSQL is read-only', '25006')
    },

    async close() {
      await commits.drained()
      await pool.end()
    }
  }
}

/** Runs the guard, then the other statements if it returned a row. */
async function runList([guard, ...rest]: (() => Promise<unknown>)[]): Promise<unknown[]> {
  const rows = (await guard?.()) as unknown[]
  if (rows.length > 0) for (const run of rest) await run()
  return rows
}

/**
 * Whether one list of statements caused the error, and not the server, the disk or the connection, which may have
 * failed after the commit.
 */
function isOfOne(error: unknown): boolean {
  const { code, driverCode } = toStoreError(error)
  return code !== 'unavailable' || /^(40|55P03)/.test(driverCode)
}
