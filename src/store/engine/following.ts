import { and, getTableColumns, is, SQL, sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { PgColumn, PgTable, PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Conflict, Db, Following } from './dialect.ts'

/** The writes that follow a guard, each under the condition `passed`. */
export function following(tx: Db, passed: SQL): Following {
  return {
    insert: (table, row, conflict) => (tx as NodePgDatabase).execute(conditionalInsert(table, row, passed, conflict)),
    update: (table, changes, where) => tx.update(table).set(changes).where(and(where, passed)),
    delete: (table, where) => tx.delete(table).where(and(where, passed))
  }
}

/** `INSERT … SELECT … WHERE passed`, because `INSERT … VALUES` has no condition. */
function conditionalInsert<T extends PgTable>(
  table: T,
  row: T['$inferInsert'],
  passed: SQL,
  conflict?: Conflict<T>
): SQL {
  const columns: Record<string, PgColumn> = getTableColumns(table)
  const entries = entriesOf(columns, row)
  const names = sql.join(
    entries.map(([name]) => name),
    sql`, `
  )
  const values = sql.join(
    entries.map(([, value]) => value),
    sql`, `
  )
  const insert = sql`INSERT INTO ${table} (${names}) SELECT ${values} WHERE ${passed}`
  if (!conflict) return insert
  const target = sql.join(
    [conflict.target].flat().map(({ name }) => sql.identifier(name)),
    sql`, `
  )
  const set = sql.join(
    entriesOf(columns, conflict.set).map(([name, value]) => sql`${name} = ${value}`),
    sql`, `
  )
  return sql`${insert} ON CONFLICT (${target}) DO UPDATE SET ${set}`
}

/** The names and values of a row in SQL. An absent member is left out. */
const entriesOf = (columns: Record<string, PgColumn>, row: PgUpdateSetSource<PgTable>) =>
  Object.entries(row).flatMap(([member, value]) => {
    const column = columns[member]
    if (column === undefined || value === undefined) return []
    return [[sql.identifier(column.name), is(value, SQL) ? value : sql.param(value, column)] as const]
  })
