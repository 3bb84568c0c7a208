import { setImmediate } from 'node:timers/promises'
import type { Db, Engine, Statement } from './dialect.ts'

/** What one statement deletes at the most: SQLite answers nobody meanwhile, and PostgreSQL ends one that takes long. */
const stepRows = 1000

/**
 * Deletes by `step`, which deletes up to `most` rows and returns them, until there is nothing left for it or `stop` fires.
 * Resolves to how many there were.
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
