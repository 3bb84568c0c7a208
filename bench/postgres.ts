import pg from 'pg'
import { createPostgres } from '../test/support/embedded-postgres.ts'
import { ascending, quantile } from './stats.ts'

/**
 * Runs `measure` beside a temporary PostgreSQL server, whose URL and process id it receives, and which takes 200
 * connections.
 */
export async function withPostgres<T>(measure: (databaseUrl: string, pid: number) => Promise<T>): Promise<T> {
  const postgres = await createPostgres({ connections: 200 })
  await postgres.start()
  try {
    return await measure(postgres.url, postgres.pid())
  } finally {
    await postgres.stop()
  }
}

/** The same database behind another port of this machine. */
export const atPort = (databaseUrl: string, port: number) => Object.assign(new URL(databaseUrl), { port }).href

/** Creates an empty database beside the one at `databaseUrl`; resolves to its URL. */
export async function createDatabase(databaseUrl: string, name: string): Promise<string> {
  await withClient(databaseUrl, client => client.query(`CREATE DATABASE ${name}`))
  return Object.assign(new URL(databaseUrl), { pathname: `/${name}` }).href
}

/** The median duration of a query that does nothing, in milliseconds. */
export const roundTripMs = (databaseUrl: string) =>
  withClient(databaseUrl, async client => {
    const durations: number[] = []
    for (let i = 0; i < 100; i++) {
      const begin = performance.now()
      await client.query('SELECT 1')
      durations.push(performance.now() - begin)
    }
    return quantile(ascending(durations), 0.5)
  })

/** Runs `use` with a connection of its own. */
export async function withClient<T>(connectionString: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return await use(client).finally(() => client.end())
}
