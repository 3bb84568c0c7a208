import pg from 'pg'
import type { Test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'

/**
 * How the database at `url` finds the rows of each query that `run` sends: its plan as text. PostgreSQL uses an index
 * here if it can, because a table of a test is small enough to be read as a whole and sorted.
 */
export async function plansOf(t: Test, url: string, run: () => Promise<unknown>): Promise<string[]> {
  if (url.startsWith('sqlite:')) {
    const db = openDatabase(url.slice('sqlite:'.length))
    t.teardown(() => db.close())
    // All statements of the process have one prototype. `raw` is called before each query.
    const statements = Object.getPrototypeOf(db.prepare('SELECT 1'))
    const raw = t.capture(statements, 'raw', statements.raw)
    await run()
    const queries = raw()
      .map(({ receiver }) => receiver as { source: string; database: { name: string } })
      .filter(({ database }) => database.name === db.name)
      .map(({ source }) => source)
    raw.restore()
    const explain = (query: string) => {
      const placeholders = query.replaceAll(/[^?]/g, '')
      return db.prepare(`EXPLAIN QUERY PLAN ${query}`).all(...placeholders)
    }
    return queries.filter(isQuery).map(query => JSON.stringify(explain(query)))
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off')
  const query = t.capture(pg.Client.prototype, 'query', pg.Client.prototype.query)
  await run()
  const sent = query()
    .filter(({ receiver }) => (receiver as pg.Client).database === client.database)
    .map(({ args }) => args as unknown as [{ text?: string }, unknown[]])
  query.restore()
  const plans: string[] = []
  for (const [{ text = '' }, values] of sent)
    if (isQuery(text)) plans.push(JSON.stringify((await client.query(`EXPLAIN ${text}`, values)).rows))
  return plans
}

const isQuery = (text: string) => /^(select|delete|with)/i.test(text)
