import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import type { Test } from 'tap'

/** A connection past the store, closed when the test ends. */
export async function connect(t: Test, connectionString: string) {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** A transaction on PostgreSQL that runs `statement`, such as one that locks rows, and then stands still. */
export async function hold(t: Test, url: string, statement: string, values: unknown[] = []) {
  const [holder, watcher] = [await connect(t, url), await connect(t, url)]
  await holder.query('BEGIN')
  await holder.query(statement, values)
  return {
    /** Resolves to the processes that wait for a lock, once there are `count`. */
    async waiting(count: number): Promise<number[]> {
      const waiters = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
      for (const end = performance.now() + 20_000; performance.now() < end; await setTimeout(5)) {
        const { rows } = await watcher.query<{ pid: number }>(waiters)
        if (rows.length >= count) return rows.map(({ pid }) => pid)
      }
      throw new Error(`There were never ${count} transactions that waited.`)
    },
    release: () => holder.query('COMMIT')
  }
}

/** Keeps every list with an audit event from ending: its earlier statements have run and are not committed. */
export const holdEnds = (t: Test, url: string) => hold(t, url, 'LOCK TABLE audit IN SHARE MODE')

/**
 * Runs both at the same time: `first` has changed its rows and has not committed when `second` begins, and both end
 * together. Resolves to their outcomes. `held` is what they wait for, by default the end of their lists.
 */
export async function overlap<A, B>(
  t: Test,
  url: string,
  first: () => Promise<A>,
  second: () => Promise<B>,
  held = holdEnds(t, url)
): Promise<[A, B]> {
  const { waiting, release } = await held
  const one = first()
  await waiting(1)
  const two = second()
  await waiting(2)
  await release()
  return await Promise.all([one, two])
}
