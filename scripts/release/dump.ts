import { readFileSync } from 'node:fs'
import pg from 'pg'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { journalTable, migrationsFolder, shippedMigrations } from '../../src/store/migrations.ts'

type Dialect = Parameters<typeof migrationsFolder>[0]

/** The statements that make the SQLite database at `path` again: the migrations, their journal and the rows. */
export function dumpSqlite(path: string): string {
  const db = openDatabase(path)
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all() as string[]
  const rows = inOrder(tables).flatMap(table => {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).pluck().all() as string[]
    const values = columns.map(column => `quote("${column}")`).join(" || ', ' || ")
    return db
      .prepare(`SELECT ${values} FROM "${table}"`)
      .pluck()
      .all()
      .map(row => insert(`"${table}"`, columns, String(row)))
  })
  db.close()
  const journal = `CREATE TABLE ${journalTable('sqlite')} (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric);`
  return `${[...migrations('sqlite'), journal, ...rows].join('\n')}\n`
}

/** The same for the PostgreSQL database at `url`. */
export async function dumpPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const list = async (query: string) =>
    (await client.query({ text: query, rowMode: 'array' })).rows.map(([first]) => String(first))
  const tables = await list("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")
  const statements: string[] = []
  for (const table of [...inOrder(tables).map(name => `"${name}"`), journalTable('postgres')]) {
    const columns = await list(
      `SELECT attname FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`
    )
    const values = columns.map(column => `quote_nullable("${column}"::text)`).join(" || ', ' || ")
    for (const row of await list(`SELECT ${values} FROM ${table}`)) statements.push(insert(table, columns, row))
  }
  await client.end()
  const journal = `CREATE SCHEMA drizzle;\nCREATE TABLE ${journalTable('postgres')} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);`
  const next = [
    `SELECT setval(pg_get_serial_sequence('audit', 'seq'), (SELECT max(seq) FROM audit));`,
    `SELECT setval(pg_get_serial_sequence('${journalTable('postgres')}', 'id'), (SELECT max(id) FROM ${journalTable('postgres')}));`
  ]
  return `${[...migrations('postgres'), journal, ...statements, ...next].join('\n')}\n`
}

const migrations = (dialect: Dialect) =>
  shippedMigrations(dialect).map(({ tag }) => readFileSync(`${migrationsFolder(dialect)}/${tag}.sql`, 'utf8'))

/** Tables that others refer to come first. */
const inOrder = (tables: string[]) => [
  'users',
  'clients',
  ...tables.filter(name => !/^(users|clients|sqlite_.*)$/.test(name))
]

const insert = (table: string, columns: string[], values: string) =>
  `INSERT INTO ${table} (${columns.map(column => `"${column}"`)}) VALUES (${values});`
