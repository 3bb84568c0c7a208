import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { columns } from './columns.postgres.ts'
import type { Build, Engine, Notify, Statement, Turn } from './dialect.ts'
import { tables } from './tables.ts'

const poolSize = 10
const connectTimeoutMs = 5000
/** The server gives up on a statement after this, and on a transaction that stands still. */
const statementTimeoutMs = 5000
/** We give up on a server that does not answer at all. */
const answerTimeoutMs = 7000
/** Any number will do, as long as nothing else in the database locks the same one: "sallyprt" in ASCII. */
const migrationLock = 0x73616c6c79707274n
/** Others, of statements that are serial: "sallyadm" and "sallyaud". */
const turnLocks: Record<Turn, bigint> = { administrators: 0x73616c6c7961646dn, audit: 0x73616c6c79617564n }

interface PreparableStatement {
  prepare(name: string): { execute(params: Record<string, unknown>): Promise<unknown> }
}

/** Opens a pool on the PostgreSQL database at `url`. `notify` hears of connections that were cut while nobody used them. */
export function openPostgres(url: string, notify: Notify = () => {}): Engine {
  const connection = { connectionString: url, connectionTimeoutMillis: connectTimeoutMs, keepAlive: true }
  const pool = new pg.Pool({
    ...connection,
    max: poolSize,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    query_timeout: answerTimeoutMs
  })
  // Without a listener an idle connection that the server cuts would end the process.
  pool.on('error', error => notify('An idle database connection was lost', error))
  // Nor may one end it that is cut between two statements of a transaction: the next statement fails then.
  pool.on('connect', client => client.on('error', () => {}))
  const db = drizzle({ client: pool })

  /** Runs in one transaction what `build` makes for its connection. */
  async function transact<T>(build: (client: pg.PoolClient) => (() => PromiseLike<unknown>)[]): Promise<T[]> {
    // Not drizzle's transaction, which keeps the connection for good when BEGIN fails, and says ROLLBACK to a server that
    // does not answer, and waits for it. To close a connection is a rollback in whatever state it is.
    const client = await pool.connect()
    let isBroken = true
    try {
      await client.query('BEGIN')
      const [guard, ...rest] = build(client)
      const rows = (await guard?.()) as T[]
      if (rows.length > 0) for (const run of rest) await run()
      await client.query('COMMIT')
      isBroken = false
      return rows
    } finally {
      client.release(isBroken)
    }
  }

  /** `run`, which runs `statement`, after the wait for its turn where it has to wait for one; its turn ends with the transaction. */
  const inTurn = <P extends unknown[]>(
    client: pg.PoolClient,
    { turn }: Statement,
    run: (...params: P) => PromiseLike<unknown>
  ) =>
    turn
      ? async (...params: P) => {
          await client.query(`SELECT pg_advisory_xact_lock(${turnLocks[turn]})`)
          return await run(...params)
        }
      : run

  return {
    dialect: 'postgres',
    db,
    schema: tables(columns),

    atomic: <T>(build: Build<T>) =>
      transact<T>(client =>
        build(drizzle({ client })).map(statement => inTurn(client, statement, async () => await statement))
      ),

    prepare<T>(name: string, build: Build<T>) {
      // A prepared statement belongs to its connection.
      const prepared = new WeakMap<pg.PoolClient, ((params: Record<string, unknown>) => PromiseLike<unknown>)[]>()
      const prepare = (client: pg.PoolClient) => {
        const runs = build(drizzle({ client })).map((statement, index) => {
          const one = (statement as unknown as PreparableStatement).prepare(`${name}_${index}`)
          return inTurn(client, statement, (params: Record<string, unknown>) => one.execute(params))
        })
        prepared.set(client, runs)
        return runs
      }
      return params => transact<T>(client => (prepared.get(client) ?? prepare(client)).map(run => () => run(params)))
    },

    async migrate(folder) {
      // A connection of its own, whose statements may take their time: they wait for other nodes, and rewrite tables.
      const client = new pg.Client(connection)
      client.on('error', error => notify('The connection of the migrations was lost', error))
      await client.connect()
      try {
        await client.query('SELECT pg_advisory_lock($1)', [migrationLock])
        await migrate(drizzle({ client }), { migrationsFolder: folder })
      } finally {
        // The lock belongs to the connection: closing it lets go of both, whatever state they are in.
        await client.end()
      }
    },

    async ping() {
      await pool.query('SELECT 1')
    },

    close: () => pool.end()
  }
}
