import { setImmediate } from 'node:timers/promises'
import type { Db, Engine, Statement } from './dialect.ts'

/** Rows deleted per statement, since SQLite blocks the event loop meanwhile and PostgreSQL aborts slow ones. */
const stepRows = 1000

/**
 * Repeats `step`, which deletes up to `most` rows and returns them, until no rows are left or `stop` fires. A step must
 * order its rows by an index, or PostgreSQL may read the whole table for each step. Resolves to the row count.
 */
export async function deleteInSteps(
  { atomic }: Pick<Engine, 'atomic'>,
  step: (tx: Db, most: number) => Statement<unknown[]>,
  stop?: AbortSignal
): Promise<number> {
  let count = 0
  while (!stop?.aborted) {
    const { length } = await atomic(tx => [step(tx, stepRows)])
    count += length
    if (length < stepRows) break
    await setImmediate()
  }
  return count
}

/**
 * The same for rows that no index finds. `page` reads up to `most` rows after the id `after`, ordered by id, and says
 * which of them to delete; `remove` deletes those to which that still applies. So PostgreSQL examines rows without the
 * write lock, and SQLite serves other requests in between.
 */
export async function deleteInPages(
  { atomic }: Pick<Engine, 'atomic'>,
  page: (after: string | undefined, most: number) => PromiseLike<{ id: string; hasToGo: unknown }[]>,
  remove: (tx: Db, ids: string[]) => Statement<unknown[]>,
  stop?: AbortSignal
): Promise<number> {
  let count = 0
  let after: string | undefined
  const found: string[] = []
  while (!stop?.aborted) {
    const rows = await page(after, stepRows)
    const isLast = rows.length < stepRows
    for (const { id, hasToGo } of rows) if (hasToGo) found.push(id)
    // Pages with few rows to delete share a commit.
    while (found.length >= (isLast ? 1 : stepRows)) {
      const ids = found.splice(0, stepRows)
      const { length } = await atomic(tx => [remove(tx, ids)])
      count += length
    }
    if (isLast) break
    after = rows.at(-1)?.id
    await setImmediate()
  }
  return count
}
