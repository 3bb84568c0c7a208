import { setImmediate } from 'node:timers/promises'
import type { Db, Engine, Statement } from './dialect.ts'

/** What one statement deletes at the most: SQLite answers nobody meanwhile, and PostgreSQL ends one that takes long. */
const stepRows = 1000

/**
 * Deletes by `step`, which deletes up to `most` rows and returns them, until there is nothing left for it or `stop` fires. A
 * step has to order its rows as an index does, or PostgreSQL may read the whole table for them. Resolves to how many there were.
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
 * The same for what no index finds. `page` reads up to `most` rows after the one with the id `after`, in the order of their ids, and
 * says which of them have to go; `remove` deletes those, where that is still so. So every row is looked at without the lock
 * that writes on PostgreSQL share, and SQLite answers others meanwhile.
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
    // Few of many pages share a commit.
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
