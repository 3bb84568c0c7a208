import { setImmediate } from 'node:timers/promises'
import { and, asc, between, desc, gt, lt, max } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import type { Seal } from './seals.ts'

/** How many seals are examined at a time, each with up to a thousand events. */
const pageSeals = 20
/** How many events a step deletes, unless a single seal has more. */
const stepEvents = 1000

/**
 * Finds the seals at the beginning of the trail whose events are all older than `before`, and groups them into steps:
 * the last seal of each step, in order. `kept` is the first seal that stays; `undefined` when there are no seals, or
 * `stop` fired. The newest seal stays, because the next one continues from it.
 */
export async function oldSeals(
  { db, schema }: Pick<Engine, 'db' | 'schema'>,
  before: Date,
  stop?: AbortSignal
): Promise<{ steps: Seal[]; kept?: Seal }> {
  const { audit, seals } = schema
  const [newest] = await db.select().from(seals).orderBy(desc(seals.number)).limit(1)
  const steps: Seal[] = []
  let last: Seal | undefined
  let events = 0
  while (newest && !stop?.aborted) {
    // Reads of SQLite are synchronous: without this, `stop` could not fire.
    await setImmediate()
    const page: Seal[] = await db
      .select()
      .from(seals)
      .where(and(lt(seals.number, newest.number), last && gt(seals.number, last.number)))
      .orderBy(asc(seals.number))
      .limit(pageSeals)
    const [first, final] = [page[0], page.at(-1)]
    if (!first || !final) {
      if (last && last.pruned === null) steps.push(last)
      return { steps, kept: newest }
    }
    const times = await db
      .select({ seal: audit.seal, newest: max(audit.at) })
      .from(audit)
      .where(between(audit.seal, first.number, final.number))
      .groupBy(audit.seal)
    const newestAt = new Map(times.map(({ seal, newest }) => [seal, newest]))
    for (const seal of page) {
      // The events of a pruned seal are gone. An invalid time is not old.
      const isOld = seal.pruned !== null || (newestAt.get(seal.number) ?? seal.at) < before
      if (last && last.pruned === null && (!isOld || events + seal.events > stepEvents)) {
        steps.push(last)
        events = 0
      }
      if (!isOld) return { steps, kept: seal }
      events += seal.events
      last = seal
    }
  }
  return { steps }
}
