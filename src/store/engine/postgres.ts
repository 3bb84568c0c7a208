import { setTimeout } from 'node:timers/promises'
import { type ColumnsSelection, sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import type { TypedQueryBuilder } from 'drizzle-orm/query-builders/query-builder'
import pg from 'pg'
import { verifyOldChain } from '../audit/old-chain.ts'
import { StoreError, toStoreError } from '../errors.ts'
import { columns } from '../schema/columns.postgres.ts'
import { tables } from '../schema/tables.ts'
import type { Build, Db, Engine, Exclusive, Notify, Statement } from './dialect.ts'
import { following } from './following.ts'

const poolSize = 10
const connectTimeoutMs = 5000
/** How long the client waits for a server that does not respond. It then closes the connection. */
const answerTimeoutMs = 5000
/** How many reads and writes may wait for a connection. */
const mostWaiting = 1000
/** How often a list is sent again after a deadlock. */
const mostRetries = 3
/** Arbitrary numbers for advisory locks: "sallyprt" and "sallyadm" in ASCII. */
const migrationLock = 0x73616c6c79707274n
const exclusiveLocks: Record<Exclusive, bigint> = { administrators: 0x73616c6c7961646dn }

/**
 * The deadlines of a transaction: as a whole, for a row that another transaction has locked, and for a client that
 * stands still. PostgreSQL looks for a deadlock after a second, unless the wait for the lock ends before. `SET LOCAL`
 * also works behind a pooler, which gives every transaction another connection.
 */
const deadlines = (serverVersion: number) => `BEGIN;
  SET LOCAL ${serverVersion >= 170_000 ? 'transaction_timeout' : 'statement_timeout'} = 5000;
  SET LOCAL lock_timeout = 2000;
  SET LOCAL idle_in_transaction_session_timeout = 1000`

/**
 * Marks the transaction when the guard returns a row; `passed` asks for the mark. PostgreSQL merges a guard that only
 * reads, and would mark before it has checked the conditions, unless the query refers to it twice.
 */
const mark = sql`EXISTS (SELECT FROM guard) AND set_config('sallyport.guard', 'passed', true) IS NOT NULL`
const passed = sql`current_setting('sallyport.guard', true) = 'passed'`

/** Opens a pool on the PostgreSQL database at `url`. `notify` receives idle connections that the server closed. */
export function openPostgres(url: string, notify: Notify = () => {}): Engine {
  const connection = { connectionString: url, connectionTimeoutMillis: connectTimeoutMs, keepAlive: true }
  const pool = bounded(new pg.Pool({ ...connection, max: poolSize, query_timeout: answerTimeoutMs, pipeline: true }))
  // Without a listener, an idle connection that the server closes would end the process.
  pool.on('error', error => notify('An idle database connection was lost', error))
  // The same for a connection that is closed during a transaction: its statements fail.
  pool.on('connect', client => client.on('error', () => {}))
  const db = drizzle({ client: pool })
  const schema = tables(columns)
  let begin: string | undefined

  /** Sends `list` as one transaction, without waiting in between, and resolves to the rows of the first statement. */
  async function send<T>(list: (client: pg.PoolClient) => [Send<T[]>, ...Send[]], lock = ''): Promise<T[]> {
    const client = await pool.connect()
    let isUsable = false
    try {
      begin ??= deadlines((await client.query('SHOW server_version_num')).rows[0].server_version_num)
      // Throws for a value that cannot be stored, before anything is sent.
      const statements = list(client)
      const sent = [client.query(`${begin}${lock}`), ...statements.map(run => run()), client.query('COMMIT')]
      const answers = await Promise.allSettled(sent)
      // After a failed statement, PostgreSQL rolls back, and the connection stays usable.
      isUsable = answers.at(-1)?.status === 'fulfilled'
      for (const answer of answers) if (answer.status === 'rejected') throw answer.reason
      return (answers[1] as PromiseFulfilledResult<T[]>).value
    } finally {
      client.release(!isUsable)
    }
  }

  return {
    dialect: 'postgres',
    db,
    schema,

    atomic<T>(build: Build<T>, exclusive?: Exclusive) {
      const lock = exclusive && `; SELECT pg_advisory_xact_lock(${exclusiveLocks[exclusive]})`
      return afterDeadlocks(() =>
        send(client => {
          const tx = drizzle({ client })
          const [guard, ...rest] = build(tx, following(tx, passed))
          return [built(rest.length > 0 ? marking(tx, guard) : guard), ...rest.map(built)]
        }, lock)
      )
    },

    prepare<T>(name: string, build: (tx: Db) => Statement<T[]>) {
      // A prepared statement belongs to its connection.
      const prepared = new WeakMap<pg.PoolClient, PreparedStatement<T>>()
      const prepare = (client: pg.PoolClient) => {
        const statement = (build(drizzle({ client })) as unknown as PreparableStatement<T>).prepare(name)
        prepared.set(client, statement)
        return statement
      }
      return params =>
        send(client => {
          const statement = prepared.get(client) ?? prepare(client)
          return [() => statement.execute(params)]
        })
    },

    async migrate(folder) {
      // Separate and without a deadline, because its statements wait for other nodes and rewrite tables.
      const client = new pg.Client(connection)
      client.on('error', error => notify('The migration connection was lost', error))
      await client.connect()
      try {
        await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
        const tx = drizzle({ client })
        const upgrade = await verifyOldChain(tx, columns)
        await migrate(tx, { migrationsFolder: folder })
        if (upgrade) await tx.insert(schema.audit).values(upgrade)
      } finally {
        // Closing the connection releases the lock in any state.
        await client.end()
      }
    },

    async now() {
      const { rows } = await pool.query('SELECT clock_timestamp() AS now')
      return rows[0].now
    },

    async ping() {
      const { rows } = await pool.query('SHOW transaction_read_only')
      // A standby, and a server whose disk is full, may still serve reads.
      if (rows[0].transaction_read_only === 'on')
        throw new StoreError('unavailable', 'PostgreSQL is read-only', '25006')
    },

    async close() {
      // A pool that ends no longer serves those that wait for a connection.
      while (pool.waitingCount > 0) await setTimeout(10)
      await pool.end()
    }
  }
}

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

/** Sends a statement at once. */
type Send<T = unknown> = () => Promise<T>

interface PreparableStatement<T> {
  prepare(name: string): PreparedStatement<T>
}

interface PreparedStatement<T> {
  execute(params: Record<string, unknown>): Promise<T[]>
}

/** The guard, which also marks the transaction when it returns a row. */
function marking<T>(tx: NodePgDatabase, guard: Statement<T[]>): Statement<T[]> {
  const rows = tx.$with('guard').as(guard as unknown as TypedQueryBuilder<ColumnsSelection>)
  return tx.with(rows).select().from(rows).where(mark) as unknown as Statement<T[]>
}

/** Builds the SQL with its values, which a promise would do only when it is sent. */
function built<T>(statement: Statement<T>): Send<T> {
  // `prepare` without a name, which the statements of `execute` do not have.
  const ready = (statement as unknown as { _prepare(): { execute: Send<T> } })._prepare()
  return () => ready.execute()
}

/** Runs `send` again when PostgreSQL has chosen it as the victim of a deadlock and rolled it back. */
async function afterDeadlocks<T>(send: () => Promise<T>, retries = mostRetries): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (retries === 0 || toStoreError(error).driverCode !== '40P01') throw error
    return afterDeadlocks(send, retries - 1)
  }
}
