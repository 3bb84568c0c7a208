import pg from 'pg'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'

/** Rows of the database at `url`, which bypasses the store. */
export async function select(url: string, statement: string): Promise<Record<string, unknown>[]> {
  if (url.startsWith('sqlite:')) {
    const db = openDatabase(url.slice('sqlite:'.length))
    try {
      return db.prepare(statement).all() as Record<string, unknown>[]
    } finally {
      db.close()
    }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
