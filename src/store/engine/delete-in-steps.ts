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
