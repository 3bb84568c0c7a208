import { existsSync } from 'node:fs'
import { CommandError } from '../../base/errors.ts'
import { toStoreError } from '../errors.ts'
import { openFileReadOnly, openServerReadOnly, type ReadOnlyConnection, type Row } from './read-only.ts'

/** A table of another application. */
export interface ForeignTable {
  /** Its name in messages, without the password of its server. */
  name: string
  columns: string[]
  /** How many rows it had when it was opened. */
  count: number
  /** The values of `columns`, ordered by the first of them. */
  rows(columns: string[]): AsyncIterable<Row>
  close(): Promise<void>
}

/**
 * A column that a table does not have itself: a JSON array of the names that each row has in the table `of`, null when
 * it has none. The table that joins the two has the name of the first and then `through`. Its column `by` has the id of
 * the row in `of`, and its only other column, besides `id`, that of the row in the first.
 */
export interface NameList {
  column: string
  through: string
  by: string
  of: string
}

/**
 * Columns that a table does not have itself, from the row of the table `from`, in the same schema unless it names one,
 * whose column `by` has the id of the row, and whose other columns have the values of `where`. `columns` has the name
 * there by the name here.
 */
export interface BorrowedColumns {
  columns: Record<string, string>
  from: string
  by: string
  where: Record<string, string>
}

/** What a table has in other tables. */
export interface Elsewhere {
  list?: NameList
  borrowed?: BorrowedColumns[]
}

const mostTablesNamed = 20

/**
 * The path in `sqlite:path`, or in SQLAlchemy's `sqlite:///path` and `sqlite+driver:///path`, where a fourth slash
 * begins an absolute path; otherwise `undefined`. In Sallyport's own URLs, everything after `sqlite:` is the path.
 */
const foreignPath = (url: string): string | undefined => /^sqlite(?:(?:\+\w+)?:\/\/\/|:(?!\/\/))(.+)$/s.exec(url)?.[1]

/**
 * Opens a table (or view) of the database at `url`, which is `postgres://…` or a form that `foreignPath` reads. A dot
 * in the name separates a PostgreSQL schema from the table. The columns include those of `elsewhere` when the tables for
 * them exist. Changes nothing there. Throws a CommandError when the table does not exist or cannot be read.
 */
export async function openForeignTable(url: string, table: string, elsewhere: Elsewhere = {}): Promise<ForeignTable> {
  const path = foreignPath(url)
  const place = path ?? serverName(url)
  const explain = (error: unknown) =>
    error instanceof CommandError ? error : new CommandError(`Cannot read ${place}. ${toStoreError(error).message}`)
  if (path !== undefined && !existsSync(path)) throw new CommandError(`File not found: ${place}.`)
  try {
    const connection = await (path === undefined ? openServerReadOnly(url) : openFileReadOnly(path))
    try {
      return await openTable(connection, { place, table, elsewhere, explain })
    } catch (error) {
      await connection.close()
      throw error
    }
  } catch (error) {
    throw explain(error)
  }
}

interface Opening {
  place: string
  table: string
  elsewhere: Elsewhere
  explain: (error: unknown) => CommandError
}

async function openTable(
  connection: ReadOnlyConnection,
  { place, table, elsewhere: { list, borrowed = [] }, explain }: Opening
): Promise<ForeignTable> {
  const { listTables, listColumns, quoteTable } = dialects[connection.dialect]
  const columns = await namesOf(connection, listColumns(table))
  if (columns.length === 0) {
    const others = await namesOf(connection, listTables)
    throw new CommandError(`There is no table ${table} in ${place}. Tables: ${others.join(', ') || '(none)'}.`)
  }
  const from = quoteTable(table)
  const names = list && (await namesOfRow(connection, { table, columns, list }))
  const lent = new Map<string, string>()
  for (const one of borrowed)
    for (const [name, text] of await columnsOfRow(connection, { table, columns, borrowed: one })) lent.set(name, text)
  const expression = (column: string) =>
    lent.get(column) ?? (names && column === list?.column ? names : quoteName(column))
  return {
    name: `${place}, ${table}`,
    columns: [...columns, ...(names ? [String(list?.column)] : []), ...lent.keys()],
    count: Number(await connection.value(`SELECT count(*) FROM ${from}`)),
    async *rows(wanted) {
      try {
        yield* connection.rows(`SELECT ${wanted.map(expression).join(', ')} FROM ${from} AS account ORDER BY 1`)
      } catch (error) {
        throw explain(error)
      }
    },
    close: connection.close
  }
}

/** The expression for the column of `list`; `undefined` when the table has one itself, or a table for it is missing. */
async function namesOfRow(
  connection: ReadOnlyConnection,
  { table, columns, list: { column, through, by, of } }: { table: string; columns: string[]; list: NameList }
): Promise<string | undefined> {
  const { quoteTable, listColumns, arrayOf } = dialects[connection.dialect]
  const between = `${table}${through}`
  const named = connection.dialect === 'postgres' ? table.replace(/[^.]*$/, of) : of
  const keys = await namesOf(connection, listColumns(between))
  const others = await namesOf(connection, listColumns(named))
  const owner = keys.find(key => key !== 'id' && key !== by)
  const isThere = columns.includes('id') && !columns.includes(column) && keys.includes(by) && others.includes('name')
  if (!isThere || owner === undefined) return undefined
  return `(SELECT ${arrayOf}(named.name ORDER BY named.name)
    FROM ${quoteTable(between)} AS link JOIN ${quoteTable(named)} AS named ON named.id = link.${quoteName(by)}
    WHERE link.${quoteName(owner)} = account.id HAVING count(*) > 0) AS ${quoteName(column)}`
}

/** The expressions of the borrowed columns that the table lacks and the other one has. */
async function columnsOfRow(
  connection: ReadOnlyConnection,
  {
    table,
    columns,
    borrowed: { columns: wanted, from, by, where }
  }: {
    table: string
    columns: string[]
    borrowed: BorrowedColumns
  }
): Promise<Map<string, string>> {
  const { quoteTable, listColumns } = dialects[connection.dialect]
  const isBeside = connection.dialect === 'postgres' && !from.includes('.')
  const other = isBeside ? table.replace(/[^.]*$/, from) : from
  const there = await namesOf(connection, listColumns(other))
  const isThere = columns.includes('id') && [by, ...Object.keys(where)].every(name => there.includes(name))
  const conditions = Object.entries(where).map(([name, value]) => `AND other.${quoteName(name)} = ${quoteText(value)}`)
  return new Map(
    Object.entries(wanted)
      .filter(([column, name]) => isThere && there.includes(name) && !columns.includes(column))
      .map(([column, name]) => [
        column,
        `(SELECT other.${quoteName(name)} FROM ${quoteTable(other)} AS other
          WHERE other.${quoteName(by)} = account.id ${conditions.join(' ')} LIMIT 1) AS ${quoteName(column)}`
      ])
  )
}

async function namesOf(connection: ReadOnlyConnection, query: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of connection.rows(query)) names.push(String(name))
  return names
}

/** The name of a database in messages, without username and password. */
function serverName(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`
const quoteText = (text: string) => `'${text.replaceAll("'", "''")}'`
const quoteQualified = (table: string) => table.split('.').map(quoteName).join('.')

const dialects = {
  sqlite: {
    quoteTable: quoteName,
    arrayOf: 'json_group_array',
    listColumns: (table: string) => `SELECT name FROM pragma_table_xinfo(${quoteText(table)})`,
    listTables: `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'
      ORDER BY name LIMIT ${mostTablesNamed}`
  },
  postgres: {
    quoteTable: quoteQualified,
    arrayOf: 'jsonb_agg',
    listColumns: (table: string) => `SELECT attname AS name FROM pg_attribute
      WHERE attrelid = to_regclass(${quoteText(quoteQualified(table))}) AND attnum > 0 AND NOT attisdropped
      ORDER BY attnum`,
    listTables: `SELECT CASE schemaname WHEN 'public' THEN '' ELSE schemaname || '.' END || tablename AS name
      FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1 LIMIT ${mostTablesNamed}`
  }
}
