import { setImmediate } from 'node:timers/promises'
import { and, asc, count, desc, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, or } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { type AuditEvent, type AuditRow, auditInsert } from './events.ts'
import { type AuditFilter, createAuditPages, readable } from './pagination.ts'
import { oldSeals } from './pruning.ts'
import { beginning, createSeal, type Link, linkOf, mostSealed, type Seal, type SealKey, signPruned } from './seals.ts'
import { type Fault, type SealReader, type Verification, verifySeals } from './verification.ts'

export type AuditStore = ReturnType<typeof createAuditStore>

/** How many seals are read at a time. */
const pageSeals = 100

/** Reads and writes of the tables `audit` and `seals`, except the events that changes record themselves. */
export function createAuditStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { audit, seals } = schema
  const pages = createAuditPages(engine)

  /** A number past 53 bits cannot be queried: it would be mistaken for another. */
  const isUnsealed = and(isNull(audit.seal), lte(audit.seq, Number.MAX_SAFE_INTEGER))

  const sealsAfter = async (after?: number): Promise<Seal[]> =>
    await db
      .select()
      .from(seals)
      .where(after === undefined ? undefined : gt(seals.number, after))
      .orderBy(asc(seals.number))
      .limit(pageSeals)

  /** Sealed events after this one, by the number of the seal and their own. */
  const sealedAfter = async (after?: Pick<AuditRow, 'seal' | 'seq'>): Promise<AuditRow[]> => {
    const { seal, seq } = after ?? {}
    const isAfter =
      seal == null
        ? isNotNull(audit.seal)
        : and(gte(audit.seal, seal), or(gt(audit.seal, seal), gt(audit.seq, Number(seq))))
    return await db.select().from(audit).where(isAfter).orderBy(asc(audit.seal), asc(audit.seq)).limit(mostSealed)
  }

  // Reads of SQLite are synchronous, and other requests have their turn before each.
  const reader: SealReader = {
    async seals(after) {
      await setImmediate()
      return sealsAfter(after)
    },
    async events(after) {
      await setImmediate()
      return sealedAfter(after)
    }
  }

  const oldest = async () => (await db.select().from(seals).orderBy(asc(seals.number)).limit(1))[0]
  const newest = async () => (await db.select().from(seals).orderBy(desc(seals.number)).limit(1))[0]

  /** The verification, repeated when it finds a fault and events were pruned meanwhile. */
  async function verify(options: Parameters<typeof verifySeals>[1]): Promise<Verification> {
    for (;;) {
      const before = await oldest()
      const found = await verifySeals(reader, options)
      if (!found.broken || (await oldest())?.number === before?.number) return found
    }
  }

  return {
    ...pages,

    /** `next` of `createAuditPages`. Throws a StoreError when one of the rows cannot be read. */
    async next(after?: number, filter?: AuditFilter) {
      const part = await pages.next(after, filter)
      return part && { ...part, rows: part.rows.map(readable) }
    },

    /** Records an event without a change, such as a failed login. */
    async record(event: AuditEvent) {
      await atomic(tx => [tx.insert(audit).values(event).returning({ seq: audit.seq })])
    },

    /**
     * Seals up to a thousand events that have no seal, in the order of their numbers. Resolves to how many; 0 as well
     * when another process has made this seal. An event whose transaction commits later is in a later seal.
     */
    async seal(key: SealKey, now: Date): Promise<number> {
      // Read before the events: if another process seals them meanwhile, the number is taken.
      const last = await newest()
      const rows = await db.select().from(audit).where(isUnsealed).orderBy(asc(audit.seq)).limit(mostSealed)
      if (rows.length === 0) return 0
      const seal = createSeal(rows, last ? linkOf(last) : beginning, now, key)
      const numbers = rows.map(({ seq }) => seq)
      const made = await atomic((tx, then) => [
        tx.insert(seals).values(seal).onConflictDoNothing().returning({ number: seals.number }),
        then.update(audit, { seal: seal.number }, and(isNull(audit.seal), inArray(audit.seq, numbers)))
      ])
      return made.length > 0 ? rows.length : 0
    },

    /** The time of the first event that has no seal; `undefined` when every event is sealed. */
    async unsealedSince(): Promise<Date | undefined> {
      const [row] = await db.select({ at: audit.at }).from(audit).where(isUnsealed).orderBy(asc(audit.seq)).limit(1)
      return row?.at
    },

    /** How many events have no seal. */
    async countUnsealed(): Promise<number> {
      const [row] = await db.select({ events: count() }).from(audit).where(isNull(audit.seal))
      return Number(row?.events)
    },

    /** Verifies every seal and its events, in bounded memory. `noted` is a seal that must be among them. */
    verify: (trusted: string[], noted?: Link) => verify({ trusted, noted }),

    /** Up to a hundred seals after number `after`, or from the first, in order. */
    sealsAfter,

    /** Up to a thousand events without a seal, after number `after`. */
    async unsealedAfter(after: number): Promise<AuditRow[]> {
      const which = and(isUnsealed, gt(audit.seq, after))
      const rows = await db.select().from(audit).where(which).orderBy(asc(audit.seq)).limit(mostSealed)
      return rows.map(readable)
    },

    /** The events that the seal covers, in their order. Throws a StoreError when one of them cannot be read. */
    async ofSeal(number: number): Promise<AuditRow[]> {
      const rows = await db.select().from(audit).where(eq(audit.seal, number)).orderBy(asc(audit.seq)).limit(mostSealed)
      return rows.map(readable)
    },

    /**
     * Deletes the seals at the beginning that are older than `before`, like all their events. The newest seal stays.
     * They are verified first: when one is `broken`, nothing is deleted, unless `evenBroken`.
     *
     * Works in steps of about a thousand events. Each step is one transaction with its own event `audit.pruned`, and
     * signs in the last seal that the events up to it were pruned. An interruption, such as by `stop`, therefore leaves
     * the trail as intact as it was. Of two concurrent prunings, one takes effect.
     */
    async prune(
      before: Date,
      event: AuditEvent,
      key: SealKey,
      { trusted, evenBroken = false, stop }: { trusted: string[]; evenBroken?: boolean; stop?: AbortSignal | undefined }
    ): Promise<{ deleted: number; broken?: Fault }> {
      const steps = await oldSeals(engine, before, stop)
      const through = steps.at(-1)?.number
      if (through === undefined) return { deleted: 0 }
      const { broken } = await verify({ trusted, through })
      if (broken && !evenBroken) return { deleted: 0, broken }
      let deleted = 0
      for (const seal of steps) {
        if (stop?.aborted) break
        const isCovered = lte(audit.seal, seal.number)
        const [covered] = await db.select({ events: count() }).from(audit).where(isCovered)
        const events = Number(covered?.events)
        const detail = { ...event.detail, seal: seal.number, events, ...(broken ? { broken: broken.what } : {}) }
        const done = await atomic((tx, then) => [
          tx
            .update(seals)
            .set({ pruned: signPruned(seal, key) })
            .where(and(eq(seals.number, seal.number), isNull(seals.pruned)))
            .returning({ number: seals.number }),
          then.delete(audit, isCovered),
          then.delete(seals, lt(seals.number, seal.number)),
          auditInsert(then, schema, { ...event, subject: 'audit', detail })
        ])
        if (done.length === 0) break
        deleted += events
      }
      return { deleted }
    }
  }
}
