import pg from 'pg'
import type { Test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { type EngineName, emptyDatabaseUrl } from './engines.ts'

/** A third party's database on `engine`, in which `statements` were run; resolves to its URL. */
export async function createForeign(t: Test, engine: EngineName, statements: string): Promise<string> {
  const url = await emptyDatabaseUrl(t, engine)
  await execute(url, statements)
  return url
}

/** Runs statements on the database at `url`. */
export async function execute(url: string, statements: string) {
  if (url.startsWith('sqlite:')) {
    const client = openDatabase(url.slice('sqlite:'.length))
    client.exec(statements)
    client.close()
  } else {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(statements)
    await client.end()
  }
}
