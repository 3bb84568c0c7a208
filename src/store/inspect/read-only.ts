import { existsSync } from 'node:fs'
import type Database from 'better-sqlite3'
import { isPooled } from '../engine/pooler.ts'
import { openDatabase } from '../engine/sqlite-driver.ts'

const timeoutMs = 5000
/** A server may need this long to count all rows, or to sort them before the first batch. */
const patient = { query_timeout: 600_000 }
const batchRows = 1000

/** One row, by the names of its columns. */
export type Row = Record<string, unknown>

/** A read-only connection. */
export interface ReadOnlyConnection {
  dialect: 'sqlite' | 'postgres'
  /** PostgreSQL: whether a connection pooler answers. */
  isPooled?: boolean
  /** The first column of the first row of a query, which may have to read every row of a table. */
  value(query: string): Promise<unknown>
  /** The rows of a query, read on demand. PostgreSQL returns every value in its text form. */
  rows(query: string): AsyncIterable<Row>
  close(): Promise<void>
}

/** Opens the SQLite file at `path`, which must exist, and refuses writes. Throws the driver's error. */
export function openReadOnly(path: string): Database.Database {
  // Without a -wal file, the database is not open elsewhere; a read-only connection would create a -wal file and leave
  // it behind. With one, a writable connection would write its contents back and remove it; with a -journal, it would
  // undo what that has, and delete the files that it names.
  const readonly = existsSync(`${path}-wal`) || existsSync(`${path}-journal`)
  const client = openDatabase(path, { fileMustExist: true, readonly, timeout: timeoutMs })
  client.pragma('query_only = ON')
  return client
}

/** The same as a connection. Rejects with the driver's error. */
export async function openFileReadOnly(path: string): Promise<ReadOnlyConnection> {
  const client = openReadOnly(path)
  return {
    dialect: 'sqlite',
    value: async query => client.prepare(query).pluck().get(),
    async *rows(query) {
      yield* client.prepare<[], Row>(query).iterate()
    },
    close: async () => void client.close()
  }
}

/** Opens the PostgreSQL database at `url`. Rejects with the driver's error. */
export async function openServerReadOnly(url: string): Promise<ReadOnlyConnection> {
  const { default: pg } = await import('pg')
  async function connect() {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs
    })
    // A lost connection fails the pending query; without a listener it would also end the process.
    client.on('error', ignore)
    await client.connect()
    return client
  }
  const client = await connect()
  const hasPooler = await isPooled(client, connect)
  // A transaction, because a pooler would pass a setting of the connection on to other clients.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY')
  let cursors = 0
  return {
    dialect: 'postgres',
    isPooled: hasPooler,
    async value(query) {
      const { rows } = await client.query<Row>({ text: query, ...patient })
      return Object.values(rows[0] as Row)[0]
    },
    async *rows(query) {
      const cursor = `rows_${++cursors}`
      await client.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${query}`)
      const fetch = { text: `FETCH ${batchRows} FROM ${cursor}`, types: asText, ...patient }
      for (;;) {
        const { rows } = await client.query<Row>(fetch)
        if (rows.length === 0) return
        yield* rows
      }
    },
    close: () => client.end()
  }
}

const asText = { getTypeParser: () => (text: string) => text }
const ignore = () => {}
