import { eq, lte, sql } from 'drizzle-orm'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine, Following, Schema, Statement } from './engine/dialect.ts'
import { preparedLater } from './engine/prepared-later.ts'

export type SpentStore = ReturnType<typeof createSpentStore>
/** Something that works once and was used, kept until it has expired. */
export type SpentRow = Schema['spent']['$inferSelect']

/** The statements that spend `rows`, for the list of the change that they allow. A second use is a conflict. */
export const spentInserts = (then: Following, { spent }: Schema, rows: SpentRow[]): Statement[] =>
  rows.map(row => then.insert(spent, row))

/** Reads and writes of the table `spent`. */
export function createSpentStore(engine: Engine) {
  const { spent } = engine.schema
  const select = preparedLater<{ id: string }>('spent', () =>
    engine.db
      .select({ id: spent.id })
      .from(spent)
      .where(eq(spent.id, sql.placeholder('id')))
  )
  return {
    /** Spends `row`. False when it was spent before. */
    async add(row: SpentRow): Promise<boolean> {
      const rows = await engine.atomic(tx => [
        tx.insert(spent).values(row).onConflictDoNothing().returning({ id: spent.id })
      ])
      return rows.length > 0
    },

    /** Whether `id` was spent. */
    async has(id: string): Promise<boolean> {
      return (await select({ id })).length > 0
    },

    /** Deletes rows that have expired at `now`, until `stop` fires. */
    prune(now: Date, stop?: AbortSignal) {
      const { id, expiresAt } = spent
      return deleteInSteps(engine, { table: spent, key: { id }, old: lte(expiresAt, now), age: expiresAt }, stop)
    }
  }
}
