import { setImmediate } from 'node:timers/promises'
import { and, asc, between, count, desc, eq, gt, inArray, isNotNull, isNull, lt, type SQL } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { preparedLater } from '../engine/prepared-later.ts'
import { StoreError } from '../errors.ts'
import { createAuditCounts } from './counts.ts'
import { type AuditEvent, type AuditRow, auditInsert, isReadable, readable } from './events.ts'
import { type AuditFilter, createAuditPages } from './pagination.ts'
import { oldSeals } from './pruning.ts'
import { beginning, createSeal, type Link, linkOf, mostSealed, type Seal, type SealKey, signPruned } from './seals.ts'
import {
  type Fault,
  type SealReader,
  unreadable,
  type Verification,
  type VerifyOptions,
  verifySeals
} from './verification.ts'

export type AuditStore = ReturnType<typeof createAuditStore>

/** How many seals are read at a time. */
const pageSeals = 100
/** The most that one request verifies. */
const step = { events: 10_000, seals: 1000 }
const farthest = Number.MAX_SAFE_INTEGER

/** Reads and writes of the tables `audit` and `seals`, except the events that changes record themselves. */
export function createAuditStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { audit, seals } = schema
  const pages = createAuditPages(engine)

  /** A number past 53 bits cannot be queried, because it would be mistaken for another. */
  const sealsAfter = async (after?: number): Promise<Seal[]> =>
    after !== undefined && !Number.isSafeInteger(after)
      ? []
      : await db
          .select()
          .from(seals)
          .where(after === undefined ? undefined : gt(seals.number, after))
          .orderBy(asc(seals.number))
          .limit(pageSeals)

  /** Events by the number of the seal and their own, which is the order of an index. */
  const read = async (which: SQL | undefined, limit = mostSealed): Promise<AuditRow[]> =>
    await db.select().from(audit).where(which).orderBy(asc(audit.seal), asc(audit.seq)).limit(limit)

  /** Sealed events after this one. SQLite would read all events of a seal to find those after one in the middle. */
  async function sealedAfter(after?: Pick<AuditRow, 'seal' | 'seq'>): Promise<AuditRow[]> {
    if (after?.seal == null) return read(isNotNull(audit.seal))
    const ofSame = await read(and(eq(audit.seal, after.seal), gt(audit.seq, after.seq)))
    return ofSame.length > 0 ? ofSame : read(gt(audit.seal, after.seal))
  }

  /** Events without a seal after number `after`, or from the first. */
  const unsealedAfter = (after?: number) =>
    read(and(isNull(audit.seal), after === undefined ? undefined : gt(audit.seq, after)))

  /** At most one event, the first without a seal. Every server asks for it once a second. */
  const firstUnsealed = preparedLater<{ at: Date }>('first_unsealed', () =>
    db.select({ at: audit.at }).from(audit).where(isNull(audit.seal)).orderBy(asc(audit.seal), asc(audit.seq)).limit(1)
  )

  /** Counts the events without a seal, until there are `most`, and reports the first that is invalid. */
  async function readUnsealed(most = Number.POSITIVE_INFINITY) {
    const found: { unsealed: number; unsealedSince?: Date | undefined; broken?: Fault } = { unsealed: 0 }
    let rows = await unsealedAfter()
    for (; rows.length > 0 && found.unsealed < most; rows = await unsealedAfter(rows.at(-1)?.seq)) {
      await setImmediate()
      const invalid = rows.find(row => !isReadable(row))
      if (invalid) return { unsealed: found.unsealed, broken: { what: `event ${invalid.seq}`, fault: unreadable } }
      found.unsealed += rows.length
      found.unsealedSince ??= rows[0]?.at
    }
    return found
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

  /**
   * The verification, repeated when it finds a fault and events were pruned meanwhile. Begins with the oldest seal when
   * `from` was pruned.
   */
  async function verify({ from, ...options }: VerifyOptions): Promise<Verification> {
    for (;;) {
      const before = await oldest()
      const wasPruned = from && before && before.number > from.number
      const found = await verifySeals(reader, { ...options, from: wasPruned ? undefined : from })
      if (!found.broken || (await isStillOldest(before))) return found
    }
  }

  /** Whether no event was pruned since the oldest seal was `before`. */
  async function isStillOldest(before: Seal | undefined): Promise<boolean> {
    const now = await oldest()
    return now?.number === before?.number && now?.pruned === before?.pruned
  }

  /**
   * Seals at most a thousand events that have no seal. Resolves to how many: 0 as well when another process has made this
   * seal.
   */
  async function sealOnce(key: SealKey, now: Date): Promise<number> {
    // Read before the events: if another process seals them meanwhile, the number is taken.
    const last = await newest()
    // A number past 53 bits cannot be queried.
    const rows = (await read(isNull(audit.seal))).filter(({ seq }) => Number.isSafeInteger(seq))
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
    ...pages,
    ...createAuditCounts(engine),

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

    /** The time of the first event that has no seal; `undefined` when every event is sealed. */
    async unsealedSince(): Promise<Date | undefined> {
      return (await firstUnsealed())[0]?.at
    },

    /**
     * Verifies every seal and its events, in bounded memory. `noted` is a seal that must be among them. `unsealed` is
     * the number of events without a seal, of which `unsealedSince` is the time of the first.
     */
    async verify(
      trusted: string[],
      noted?: Link
    ): Promise<Verification & { unsealed: number; unsealedSince?: Date | undefined }> {
      const found = await verify({ trusted, noted })
      return { ...(await readUnsealed()), ...found }
    },

    /**
     * Verifies the next ten thousand events or thousand seals after the seal `from`, or the first ones. `next` is where
     * the next step begins. The last step also counts the events without a seal, up to about ten thousand.
     */
    async verifyStep(trusted: string[], from?: Link): Promise<Verification & { unsealed?: number }> {
      const found = await verify({ trusted, from, most: step })
      return found.next || found.broken ? found : { ...(await readUnsealed(step.events)), ...found }
    },

    /** Up to a hundred seals after number `after`, or from the first, in order. */
    sealsAfter,

    /** Up to a thousand events without a seal, after number `after`. */
    async unsealedAfter(after?: number): Promise<AuditRow[]> {
      return (await unsealedAfter(after)).map(readable)
    },

    /**
     * The events that name the seal, in their order; one too many shows a forged one. Throws a StoreError when one of
     * them cannot be read, or when they were pruned after the seal was read.
     */
    async ofSeal({ number, events: covered, pruned, at }: Seal): Promise<AuditRow[]> {
      readable({ seq: number, at })
      const rows = await read(eq(audit.seal, number), mostSealed + 1)
      if (rows.length < covered && pruned === null) {
        const first = await oldest()
        if (first && first.pruned !== null && first.number >= number)
          throw new StoreError('unavailable', 'Events were pruned meanwhile. Try again.')
      }
      return rows.map(readable)
    },

    /**
     * Deletes the seals at the beginning whose events are all older than `before`, and never a younger event. The
     * newest seal stays. They are verified first, up to the first that stays: when one is `broken`, nothing is deleted,
     * unless `evenBroken`.
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
      const { steps, kept } = await oldSeals(engine, before, stop)
      if (!kept) return { deleted: 0 }
      const { broken } = await verify({ trusted, through: kept.number, stop })
      if (broken && !evenBroken) return { deleted: 0, broken }
      let deleted = 0
      for (const seal of steps) {
        if (stop?.aborted) break
        // Only altered events can be young here. With one bound, SQLite would not use the index of seals.
        const isCovered = and(between(audit.seal, -farthest, seal.number), lt(audit.at, before))
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
