import { setImmediate } from 'node:timers/promises'
import { and, type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { Engine } from './dialect.ts'

/**
 * Rows deleted per statement, since SQLite blocks the event loop while it deletes, and PostgreSQL aborts slow
 * statements.
 */
const stepRows = 1000

/** The rows to delete: those of `table` that are `old`, an index of whose column `age` finds the oldest. */
interface Deletion {
  table: PgTable
  /** The columns of the primary key. */
  key: Record<string, PgColumn>
  old: SQL
  age: PgColumn
}

/**
 * Deletes up to a thousand rows at a time, the oldest first, until none is left or `stop` fires. Resolves to the row
 * count.
 */
export async function deleteInSteps(
  { atomic }: Pick<Engine, 'atomic'>,
  { table, key, old, age }: Deletion,
  stop?: AbortSignal
): Promise<number> {
  const columns = sql.join(Object.values(key), sql`, `)
  let count = 0
  while (!stop?.aborted) {
    const { length } = await atomic(tx => {
      const oldest = tx.select(key).from(table).where(old).orderBy(age).limit(stepRows)
      // A row that is in use again since it was found is no longer old, and stays.
      return [
        tx
          .delete(table)
          .where(and(old, sql`(${columns}) IN ${oldest}`))
          .returning(key)
      ]
    })
    count += length
    if (length < stepRows) break
    await setImmediate()
  }
  return count
}
