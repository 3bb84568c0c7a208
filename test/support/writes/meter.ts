import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import type { Test } from 'tap'
import { openDatabase } from '../../../src/store/engine/sqlite-driver.ts'
import { metricOf } from '../app.ts'
import { turns } from '../guess.ts'

/** One connection of its own to the database at `url`. */
async function connect(t: Test, url: string) {
  if (url.startsWith('sqlite:')) {
    const db = openDatabase(url.slice('sqlite:'.length))
    t.teardown(() => db.close())
    return {
      run: async (statement: string) => void db.exec(statement),
      rows: async (statement: string) => db.prepare(statement).all() as Record<string, unknown>[]
    }
  }
  const client = new pg.Client({ connectionString: url })
  // The database is dropped while the connection is open.
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end().catch(() => {}))
  return {
    run: async (statement: string) => void (await client.query(statement)),
    rows: async (statement: string) => (await client.query(statement)).rows as Record<string, unknown>[]
  }
}

type Connection = Awaited<ReturnType<typeof connect>>

/**
 * Triggers that note every row that is added, changed or deleted in `meter`, with the bytes that it adds. The seals of
 * the audit trail are no request's, and made every second.
 */
async function addTriggers({ run, rows }: Connection, isSqlite: boolean) {
  if (!isSqlite) {
    await run(`CREATE TABLE meter (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, op text, bytes int);
      CREATE FUNCTION meter() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO meter (name, op, bytes) VALUES (TG_TABLE_NAME, TG_OP,
          CASE WHEN TG_OP = 'DELETE' THEN 0 ELSE length(to_jsonb(NEW)::text) END
          - CASE WHEN TG_OP = 'UPDATE' THEN length(to_jsonb(OLD)::text) ELSE 0 END);
        RETURN NULL; END $$`)
    const tables = await rows(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`)
    for (const { name } of tables)
      if (name !== 'meter' && name !== 'seals')
        await run(`CREATE TRIGGER meter AFTER INSERT${name === 'audit' ? '' : ' OR UPDATE OR DELETE'} ON "${name}"
          FOR EACH ROW EXECUTE FUNCTION meter()`)
    return
  }
  const tables = await rows(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`)
  await run('CREATE TABLE meter (id INTEGER PRIMARY KEY, name TEXT, op TEXT, bytes INTEGER)')
  for (const { name } of tables) {
    const columns = (await rows(`SELECT name FROM pragma_table_info('${name}')`)).map(({ name }) => String(name))
    const length = (row: string) => columns.map(column => `coalesce(length(${row}."${column}"), 0)`).join(' + ')
    const bytes = { INSERT: length('NEW'), UPDATE: `${length('NEW')} - (${length('OLD')})`, DELETE: '0' }
    for (const [op, added] of Object.entries(bytes))
      if (name !== 'seals' && (name !== 'audit' || op === 'INSERT'))
        await run(`CREATE TRIGGER meter_${name}_${op} AFTER ${op} ON "${name}" BEGIN
          INSERT INTO meter (name, op, bytes) VALUES ('${name}', '${op}', ${added}); END`)
  }
}

/**
 * Measures what the requests of an app with metrics write into its database at `url`, how many messages they queue, how
 * often they hash, and which counters refuse them.
 */
export async function startMeter(t: Test, app: FastifyInstance, url: string) {
  const connection = await connect(t, url)
  await addTriggers(connection, url.startsWith('sqlite:'))
  let seen = 0
  const latest = async () => Number((await connection.rows('SELECT max(id) AS id FROM meter'))[0]?.id ?? 0)

  /** How often each counter has refused. */
  async function refusals() {
    const text = await metricOf(app, 'sallyport_throttled_total')
    const found = text.matchAll(/counter="([^"]+)"\} (\d+)/g)
    return new Map(Array.from(found, ([, name, count]) => [String(name), Number(count)]))
  }

  /** Runs `requests`, which says after each of them that it was answered. */
  async function measure(requests: (answered: () => Promise<void>) => Promise<unknown>) {
    const [first, hashed, refused] = [await latest(), await turns(app), await refusals()]
    let wrote = 0
    seen = first
    await requests(async () => {
      const now = await latest()
      if (now !== seen) wrote++
      seen = now
    })
    const [total] = await connection.rows(`SELECT coalesce(sum(bytes), 0) AS bytes,
      coalesce(sum(CASE WHEN name = 'mail' AND op = 'INSERT' THEN 1 ELSE 0 END), 0) AS messages
      FROM meter WHERE id > ${first}`)
    const counters = [...(await refusals())].filter(([name, count]) => count > (refused.get(name) ?? 0))
    return {
      /** The requests that have added, changed or deleted a row. */
      wrote,
      bytes: Number(total?.bytes),
      messages: Number(total?.messages),
      hashes: (await turns(app)) - hashed,
      /** The counters that have refused a request. */
      counters: counters.map(([name]) => name)
    }
  }

  /**
   * Counts `uses` more in each running counter of this name, which no request has to make, if there are `many`. Resolves
   * to the uses of each.
   */
  async function useUp(counter: string, uses: number, { many, now }: { many: number; now: Date }) {
    const running = `key LIKE '${counter}:%' AND clears_at > ${now.getTime()}`
    const [found] = await connection.rows(`SELECT count(*) AS many FROM throttle WHERE ${running}`)
    if (Number(found?.many) < many) return 0
    await connection.run(`UPDATE throttle SET clears_at = clears_at + ${uses} * forgive_ms WHERE ${running}`)
    seen = await latest()
    return uses
  }
  return { measure, useUp }
}

export type Meter = Awaited<ReturnType<typeof startMeter>>
