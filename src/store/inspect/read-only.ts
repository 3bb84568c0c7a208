import { existsSync } from 'node:fs'
import { openDatabase } from '../engine/sqlite-driver.ts'

const timeoutMs = 5000
/** How long a server may take to count rows, or for a batch of them; it may have to sort them all before the first. */
const patient = { query_timeout: 600_000 }
const batchRows = 1000

/** One row, by the names of its columns. */
export type Row = Record<string, unknown>

/** A connection that can look and not change. */
export interface ReadOnlyConnection {
  dialect: 'sqlite' | 'postgres'
  /** The first column of the first row of a query, which may have to look at every row of a table. */
  value(query: string): Promise<unknown>
  /** The rows of a query, read as they are asked for. PostgreSQL gives every value as text, as it writes it. */
  rows(query: string): AsyncIterable<Row>
  close(): Promise<void>
}

/** Opens the SQLite file at `path`, which has to exist. Rejects with what the driver throws. */
export async function openFileReadOnly(path: string): Promise<ReadOnlyConnection> {
  // Without a -wal file nobody has the database open, and a connection that only reads would make one and leave it
  // there; one that may write removes it. With a -wal file it is the other way: who may write would write back what is
  // in there, and remove it.
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

/** Opens the PostgreSQL database at `url`. Rejects with what the driver throws. */
export async function openServerReadOnly(url: string): Promise<ReadOnlyConnection> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs
  })
  // The query that waits for an answer fails because of a lost connection; without a listener the process would end too.
  client.on('error', ignore)
  await client.connect()
  // A transaction and not a setting of the connection, which a pooler would hand on to somebody else.
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
