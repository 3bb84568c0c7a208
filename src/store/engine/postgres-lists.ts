import { sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { toStoreError } from '../errors.ts'
import { inOneTurn } from './batch.ts'
import type { Build, Engine, Exclusive, Statement } from './dialect.ts'
import { following } from './following.ts'
import { asQuery, boundChange, ready, type Send, streamOf, type Values } from './internals.ts'

/** How often a list is sent again after PostgreSQL has rolled it back because of another. */
const mostRetries = 3
/** An arbitrary number for each advisory lock: "sallyadm", "sallyway" and "sallypat" in ASCII. */
const exclusiveLocks: Record<Exclusive, bigint> = {
  administrators: 0x73616c6c7961646dn,
  'ways-in': 0x73616c6c79776179n,
  'personal-tokens': 0x73616c6c79706174n
}

/**
 * The first statements of a transaction, for every server, role and database, whatever their defaults are. At its
 * level, each statement sees what was committed before it began. Its commit is answered once it is on the disk. Its
 * deadlines are for the whole, for a row that another transaction has locked, and for a client that stands still.
 * PostgreSQL looks for a deadlock after a second, unless the wait for the lock ends before. `SET LOCAL` also works
 * behind a pooler, which gives every transaction another connection.
 */
const beginning = (serverVersion: number) => `BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL synchronous_commit = on;
  SET LOCAL ${serverVersion >= 170_000 ? 'transaction_timeout' : 'statement_timeout'} = 5000;
  SET LOCAL lock_timeout = 2000;
  SET LOCAL idle_in_transaction_session_timeout = 1000`

/**
 * Marks the transaction when the guard returns a row; `passed` asks for the mark. PostgreSQL merges a guard that only
 * reads, and would mark before it has checked the conditions, unless the query refers to it twice.
 */
const mark = sql`EXISTS (SELECT FROM guard) AND set_config('sallyport.guard', 'passed', true) IS NOT NULL`
const passed = sql`current_setting('sallyport.guard', true) = 'passed'`

/** `atomic` and `prepare` of an engine on the connections of `pool`. */
export function createLists(pool: pg.Pool): Pick<Engine, 'atomic' | 'prepare'> {
  let begin: string | undefined

  /**
   * Sends a list as one transaction, without waiting in between, and resolves to the rows of each statement. `lock` is
   * sent before the list.
   */
  async function send(list: (client: pg.PoolClient) => Send[], lock = ''): Promise<unknown[]> {
    const client = await pool.connect()
    let isUsable = false
    try {
      begin ??= beginning((await client.query('SHOW server_version_num')).rows[0].server_version_num)
      const first = begin + lock
      // Throws for a value that cannot be stored, before anything is sent.
      const statements = list(client)
      const sent = inOnePacket(client, () => [
        client.query(first),
        ...statements.map(run => run()),
        client.query('COMMIT')
      ])
      const answers = await Promise.allSettled(sent)
      const failure = answers.find(answer => answer.status === 'rejected')
      // After a failed statement, PostgreSQL rolls back, and the connection stays usable, unless it leads to a standby.
      isUsable = answers.at(-1)?.status === 'fulfilled' && !(failure && isReadOnly(failure.reason))
      if (failure) throw failure.reason
      return answers.slice(1, -1).map(answer => (answer as PromiseFulfilledResult<unknown>).value)
    } finally {
      client.release(!isUsable)
    }
  }

  return {
    async atomic<T>(build: Build<T>, exclusive?: Exclusive) {
      const lock = exclusive && `; SELECT pg_advisory_xact_lock(${exclusiveLocks[exclusive]})`
      const [rows] = await afterRollbacks(() =>
        send(client => {
          const tx = drizzle({ client })
          const [guard, ...rest] = build(tx, following(tx, passed))
          return [ready(rest.length > 0 ? marking(tx, guard) : guard), ...rest.map(ready)]
        }, lock)
      )
      return rows as T[]
    },

    prepare(name, build, by) {
      const { sql: text, parameters } = boundChange(build(drizzle({ client: pool })))
      const sendAll = (list: Values[]) =>
        send(client =>
          list.map(params => {
            const values = parameters(params)
            return () => client.query({ name, text, values })
          })
        )

      /** Runs all in one transaction, or each alone after one has made the others fail. */
      async function runAll(list: Values[]): Promise<PromiseSettledResult<unknown>[]> {
        // In one order, so that two transactions cannot wait for each other.
        const order = list.toSorted((a, b) => String(a[by]).localeCompare(String(b[by]), 'en'))
        try {
          const rows = await sendAll(order)
          return list.map(params => ({ status: 'fulfilled', value: rows[order.indexOf(params)] }))
        } catch (error) {
          if (!isOfOne(error)) throw error
          return Promise.allSettled(list.map(async params => (await sendAll([params]))[0]))
        }
      }
      const runOne = inOneTurn(runAll)
      return async params => {
        const result = await runOne(params)
        if (result.status === 'rejected') throw result.reason
        return (result.value as { rowCount: number }).rowCount
      }
    }
  }
}

/** Collects what `write` sends, because each packet would wake the server. */
function inOnePacket<T>(client: pg.PoolClient, write: () => T): T {
  const stream = streamOf(client)
  stream.cork()
  try {
    return write()
  } finally {
    stream.uncork()
  }
}

/** The guard, which also marks the transaction when it returns a row. */
function marking<T>(tx: NodePgDatabase, guard: Statement<T[]>): Statement<T[]> {
  const rows = tx.$with('guard').as(asQuery(guard))
  const marked: Statement = tx.with(rows).select().from(rows).where(mark)
  return marked as Statement<T[]>
}

/** Whether the server takes no writes. A new connection may lead to one that does. */
const isReadOnly = (error: unknown) => toStoreError(error).driverCode === '25006'

/** Whether one statement made the transaction fail, and not the server or the connection. */
function isOfOne(error: unknown): boolean {
  const { code, driverCode } = toStoreError(error)
  return code !== 'unavailable' || /^(40|55P03|57014|25P04)/.test(driverCode)
}

/** Runs `send`, again when PostgreSQL has rolled it back because of another transaction, as in a deadlock (40P01). */
async function afterRollbacks<T>(send: () => Promise<T>, retries = mostRetries): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (retries === 0 || !/^40(001|P01)$/.test(toStoreError(error).driverCode)) throw error
    return afterRollbacks(send, retries - 1)
  }
}
