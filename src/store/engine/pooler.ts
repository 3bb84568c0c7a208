import type pg from 'pg'
import { processIdOf } from './internals.ts'

// A pooler in transaction mode, such as PgBouncer or Supavisor, may give each transaction of a client another
// connection. What is between tells its clients another process id than that of the server, or none.

/** What the checks use of a client. */
type Client = Pick<pg.ClientBase, 'query'>

const serverProcess = async (client: Client): Promise<number> =>
  (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid

/**
 * Whether a pooler gives the transactions of `client`, which has none open, different connections. `connect` opens one
 * more client, which begins a transaction: a pooler lends it the connection of the first. The proxy of Neon has ids of
 * its own too, and lends nothing.
 */
export async function isPooled(client: Client, connect: () => Promise<pg.Client>): Promise<boolean> {
  const own = await serverProcess(client)
  if (own === processIdOf(client)) return false
  const other = await connect()
  try {
    await other.query('BEGIN')
    return (await serverProcess(other)) === own || (await serverProcess(client)) !== own
  } finally {
    await other.end()
  }
}

type Query = (config: { name?: string } | undefined, ...more: unknown[]) => never

/** Lets a client send no named statements if a pooler may be between: the next connection may not have them. */
export async function adaptToPooler(client: pg.ClientBase): Promise<void> {
  if ((await serverProcess(client)) === processIdOf(client)) return
  const query = client.query.bind(client) as Query
  const unnamed: Query = (config, ...more) => query(config?.name ? { ...config, name: '' } : config, ...more)
  Object.assign(client, { query: unnamed })
}
