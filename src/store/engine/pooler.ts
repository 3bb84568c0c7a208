import type pg from 'pg'
import { processIdOf } from './internals.ts'

// A pooler in transaction mode, such as PgBouncer or Supavisor, may give each transaction of a client another connection.

/** Whether a pooler answers: it tells its clients another process id than that of the server. */
export async function isPooled(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  return rows[0].pid !== processIdOf(client)
}

type Query = (config: { name?: string } | undefined, ...more: unknown[]) => never

/** Lets a client behind a pooler send no named statements: the next connection may not have them. */
export async function adaptToPooler(client: pg.ClientBase): Promise<void> {
  if (!(await isPooled(client))) return
  const query = client.query.bind(client) as Query
  const unnamed: Query = (config, ...more) => query(config?.name ? { ...config, name: '' } : config, ...more)
  Object.assign(client, { query: unnamed })
}
