import { existsSync } from 'node:fs'

const timeoutMs = 5000

/** A connection that can look and not change. */
export interface ReadOnlyConnection {
  dialect: 'sqlite' | 'postgres'
  /** The first column of the first row of a query; `undefined` when there is no row. */
  value(query: string): Promise<unknown>
  close(): Promise<void>
}

/** Opens the database of `url`, which has to exist. Only the driver in use is loaded. Rejects with what the driver throws. */
export async function openReadOnly(url: string): Promise<ReadOnlyConnection> {
  return url.startsWith('sqlite:') ? openFile(url.slice('sqlite:'.length)) : openServer(url)
}

async function openFile(path: string): Promise<ReadOnlyConnection> {
  const { default: Database } = await import('better-sqlite3')
  // Without a -wal file nobody has the database open, and a connection that only reads would make one and leave it
  // there; one that may write removes it. With a -wal file it is the other way: who may write would write back what is
  // in there, and remove it.
  const client = new Database(path, { fileMustExist: true, readonly: existsSync(`${path}-wal`), timeout: timeoutMs })
  client.pragma('query_only = ON')
  return {
    dialect: 'sqlite',
    value: async query => client.prepare(query).pluck().get(),
    close: async () => void client.close()
  }
}

async function openServer(url: string): Promise<ReadOnlyConnection> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs
  })
  // The query that waits for an answer fails of a lost connection; without a listener it would end the process as well.
  client.on('error', ignore)
  await client.connect()
  // A transaction and not a setting of the connection, which a pooler would hand on to somebody else.
  await client.query('BEGIN READ ONLY')
  return {
    dialect: 'postgres',
    value: async query => Object.values((await client.query(query)).rows[0] ?? {})[0],
    close: () => client.end()
  }
}

const ignore = () => {}
