import { sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Db, Following } from './dialect.ts'

/** A prepared statement with placeholders. */
interface Prepared {
  execute(values: object): unknown
}

/**
 * `insert` for an engine whose statements can be prepared without a connection: builds the statement once for each
 * table and set of members, because building one takes several times as long as running it.
 */
export function keptInserts(db: Pick<Db, 'insert'>): Following['insert'] {
  const kept = new Map<PgTable, Map<string, Prepared>>()

  function prepared(table: PgTable, row: object): Prepared {
    const members = Object.entries(row).filter(([, value]) => value !== undefined)
    // A value for a placeholder is converted for its column, and null cannot be.
    const shape = members.map(([name, value]) => (value === null ? `no ${name}` : name)).join()
    const ofTable = kept.get(table) ?? new Map<string, Prepared>()
    kept.set(table, ofTable)
    const known = ofTable.get(shape)
    if (known) return known
    const values = members.map(([name, value]) => [name, value === null ? null : sql.placeholder(name)])
    const statement = (
      db.insert(table).values(Object.fromEntries(values)) as unknown as { prepare(): Prepared }
    ).prepare()
    ofTable.set(shape, statement)
    return statement
  }

  return (table, row, conflict) => {
    if (conflict) return db.insert(table).values(row).onConflictDoUpdate(conflict)
    const statement = prepared(table, row)
    return { prepare: () => ({ execute: () => statement.execute(row) }) } as never
  }
}
