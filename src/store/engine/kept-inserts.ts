import { sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Conflict, Db, Following } from './dialect.ts'
import { again, type Prepared, prepare } from './internals.ts'

/**
 * `insert` for an engine whose statements can be prepared without a connection: builds the statement once for each
 * table or conflict and set of members, because building one takes several times as long as running it.
 */
export function keptInserts(db: Pick<Db, 'insert'>): Following['insert'] {
  const kept = new WeakMap<object, Map<string, Prepared>>()

  function prepared(table: PgTable, row: object, conflict?: Conflict<PgTable>): Prepared {
    const members = Object.entries(row).filter(([, value]) => value !== undefined)
    // A value for a placeholder is converted for its column, and null cannot be.
    const shape = members.map(([name, value]) => (value === null ? `no ${name}` : name)).join()
    const by = conflict ?? table
    const alike = kept.get(by) ?? new Map<string, Prepared>()
    kept.set(by, alike)
    const known = alike.get(shape)
    if (known) return known
    const values = members.map(([name, value]) => [name, value === null ? null : sql.placeholder(name)])
    const insert = db.insert(table).values(Object.fromEntries(values))
    const built = conflict ? insert.onConflictDoUpdate(conflict) : insert
    const statement = prepare(built)
    alike.set(shape, statement)
    return statement
  }

  return (table, row, conflict) => again(prepared(table, row, conflict), row)
}
