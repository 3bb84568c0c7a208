import { join } from 'node:path'
import { openDatabase } from '../../../src/store/engine/sqlite-driver.ts'
import { openStore } from '../../../src/store/open.ts'
import { query, type Server } from './postgres-cost.ts'

const tables = ['users', 'sessions', 'known_prefixes', 'audit', 'seals']

/** Bytes of a row: in its table, and in the indexes of the table. */
export interface RowSize {
  table: number
  indexes: number
}

/** The size of a row of each table on PostgreSQL, which must have been analyzed. */
export async function postgresSizes({ url }: Server): Promise<Record<string, RowSize>> {
  const rows = await query<{ name: string; table: string; indexes: string }>(
    url,
    `SELECT relname AS name, pg_table_size(oid) / reltuples AS table, pg_indexes_size(oid) / reltuples AS indexes
      FROM pg_class WHERE relname IN (${tables.map(name => `'${name}'`)}) AND relkind = 'r'`
  )
  return Object.fromEntries(rows.map(row => [row.name, { table: Number(row.table), indexes: Number(row.indexes) }]))
}

/** The size of a row of each table on SQLite with its indexes. Copies the rows of `server`. */
export async function sqliteSizes(server: Server, folder: string): Promise<Record<string, number>> {
  const path = join(folder, 'sizes.db')
  const store = await openStore(`sqlite:${path}`, () => {})
  await store.migrate()
  await store.close()
  const db = openDatabase(path)
  const pages = () => Number(db.pragma('page_count', { simple: true }))
  const pageSize = Number(db.pragma('page_size', { simple: true }))
  const sizes: Record<string, number> = {}
  for (const table of tables) {
    const rows = await query<Record<string, unknown>>(server.url, `SELECT * FROM ${table} ORDER BY 1`)
    const columns = Object.keys(rows[0] ?? {})
    const insert = db.prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`)
    const before = pages()
    db.transaction(() => {
      for (const row of rows) insert.run(columns.map(name => toSqlite(row[name])))
    })()
    sizes[table] = ((pages() - before) * pageSize) / rows.length
  }
  db.close()
  return sizes
}

function toSqlite(value: unknown) {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'boolean') return Number(value)
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : value
}
