import pg from 'pg'
import { createPostgres } from '../test/support/embedded-postgres.ts'
import { sallyport } from './entrants/sallyport.ts'

/** Runs `measure` beside a temporary PostgreSQL server, whose URL it receives, and which takes 200 connections. */
export async function withPostgres<T>(measure: (databaseUrl: string) => Promise<T>): Promise<T> {
  const postgres = await createPostgres({ connections: 200 })
  await postgres.start()
  try {
    return await measure(postgres.url)
  } finally {
    await postgres.stop()
  }
}

/** The same database behind another port of this machine. */
export const atPort = (databaseUrl: string, port: number) => Object.assign(new URL(databaseUrl), { port }).href

/** The database of an entrant: another commit has a new one of its own, since its tables may differ. */
export async function databaseOf(name: string, databaseUrl: string): Promise<string> {
  if (name === sallyport.name) return databaseUrl
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`).finally(() => client.end())
  return Object.assign(new URL(databaseUrl), { pathname: `/${name}` }).href
}
