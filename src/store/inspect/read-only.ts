import { existsSync } from 'node:fs'
import { openDatabase } from '../engine/sqlite-driver.ts'

const timeoutMs = 5000
/** How long a server may take to count rows or to return a batch; it may have to sort all rows before the first. */
const patient = { query_timeout: 600_000 }
const batchRows = 1000

/** One row, by the names of its columns. */
export type Row = Record<string, unknown>

/** A read-only connection. */
export interface ReadOnlyConnection {
  dialect: 'sqlite' | 'postgres'
  /** The first column of the first row of a query, which may have to read every row of a table. */
  value(query: string): Promise<unknown>
  /** The rows of a query, read on demand. PostgreSQL returns every value in its text form. */
  rows(query: string): AsyncIterable<Row>
  close(): Promise<void>
}

/** Opens the SQLite file at `path`, which must exist. Rejects with the driver's error. */
export async function openFileReadOnly(path: string): Promise<ReadOnlyConnection> {
  // Without a -wal file the database is not open elsewhere. A read-only connection would then create a -wal file and
  // leave it behind; a writable connection removes it. With a -wal file, a writable connection would write its contents
  // back and remove it, so the connection is read-only.
  const client = openDatabase(path, { fileMustExist: true, readonly: existsSync(`${path}-wal`), timeout: timeoutMs })
  client.pragma('query_only = ON')
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
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs
  })
  // A lost connection fails the pending query; without a listener it would also end the process.
  client.on('error', ignore)
  await client.connect()
  // A transaction, not a setting of the connection, which a pooler would pass on to another client.
  await client.query('BEGIN READ ONLY')
  let cursors = 0
  return {
    dialect: 'postgres',
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
