import { and, asc, count, inArray, isNull } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { preparedLater } from '../engine/prepared-later.ts'
import { createSealOrder } from './seal-order.ts'
import { beginning, createSeal, linkOf, mostSealed, type SealKey } from './seals.ts'

/** How many events without a seal are counted. */
const mostCounted = 10_000

/** Seals events that have none. */
export function createSealing(engine: Engine) {
  const { db, schema, atomic } = engine
  const { audit, seals } = schema
  const { unsealed, read, newest } = createSealOrder(engine)

  /** At most one event, the first without a seal. Every server asks for it once a second. */
  const firstUnsealed = preparedLater<{ at: Date }>('first_unsealed', () =>
    db.select({ at: audit.at }).from(audit).where(unsealed).orderBy(asc(audit.seal), asc(audit.seq)).limit(1)
  )

  /**
   * Seals at most a thousand events that have no seal. Resolves to how many: 0 as well when another process has made
   * this seal.
   */
  async function sealOnce(key: SealKey, now: Date): Promise<number> {
    // Read before the events: if another process seals them first, the number is taken.
    const last = await newest()
    // A number past 53 bits cannot be queried.
    const rows = (await read(unsealed)).filter(({ seq }) => Number.isSafeInteger(seq))
    if (rows.length === 0) return 0
    const seal = createSeal(rows, last ? linkOf(last) : beginning, now, key)
    const numbers = rows.map(({ seq }) => seq)
    const made = await atomic((tx, then) => [
      tx.insert(seals).values(seal).onConflictDoNothing().returning({ number: seals.number }),
      then.update(audit, { seal: seal.number }, and(isNull(audit.seal), inArray(audit.seq, numbers)))
    ])
    return made.length > 0 ? rows.length : 0
  }

  return {
    /**
     * Seals the events that have no seal, in the order of their numbers and up to a thousand in each seal, until `stop`
     * fires. Resolves to how many. An event whose transaction commits later is in a later seal.
     */
    async seal(key: SealKey, now: Date, stop?: AbortSignal): Promise<number> {
      if ((await firstUnsealed()).length === 0) return 0
      let sealed = 0
      for (let last = mostSealed; last === mostSealed && !stop?.aborted; sealed += last) last = await sealOnce(key, now)
      return sealed
    },

    sealOnce,

    /** How many events have no seal, counted up to ten thousand, and the time of the newest seal. */
    async state(): Promise<{ unsealed: number; newestAt: Date | undefined }> {
      const some = db.select({ seq: audit.seq }).from(audit).where(unsealed).limit(mostCounted).as('some')
      const [row] = await db.select({ count: count() }).from(some)
      return { unsealed: Number(row?.count), newestAt: (await newest())?.at }
    },

    /** The time of the first event that has no seal; `undefined` when every event is sealed. */
    async unsealedSince(): Promise<Date | undefined> {
      return (await firstUnsealed())[0]?.at
    }
  }
}
