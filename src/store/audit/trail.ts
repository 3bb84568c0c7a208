import { setImmediate } from 'node:timers/promises'
import { and, asc, eq, gte, isNotNull } from 'drizzle-orm'
import type { OnProgress } from '../../base/progress.ts'
import type { Engine } from '../engine/dialect.ts'
import { StoreError } from '../errors.ts'
import { createAuditCounts } from './counts.ts'
import { type AuditEvent, type AuditRow, isReadable, readable } from './events.ts'
import { type AuditFilter, createAuditPages } from './pagination.ts'
import { createPruning } from './pruning.ts'
import { createSealOrder } from './seal-order.ts'
import { createSealing } from './sealing.ts'
import { type Link, linkOf, mostSealed, type Seal } from './seals.ts'
import {
  type Fault,
  type SealReader,
  unreadable,
  type Verification,
  type VerifyOptions,
  verifySeals
} from './verification.ts'

export type AuditStore = ReturnType<typeof createAuditStore>

/** The most that one request verifies. */
const step = { events: 10_000, seals: 1000 }

/** Reads and writes of the tables `audit` and `seals`, except the events that changes record themselves. */
export function createAuditStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { audit } = schema
  const pages = createAuditPages(engine)
  const { read, oldest, newest: newestSeal, sealsAfter, sealedAfter, unsealedAfter } = createSealOrder(engine)

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

  /**
   * The verification, repeated when it finds a fault and events were pruned during it. Begins with the oldest seal when
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

  return {
    ...pages,
    ...createAuditCounts(engine),
    ...createSealing(engine),
    ...createPruning(engine, verify),

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
     * Verifies every seal and its events, in bounded memory. `noted` is a seal that must be among them. `unsealed` is
     * the number of events without a seal, of which `unsealedSince` is the time of the first.
     */
    async verify(
      trusted: string[],
      noted?: Link,
      onProgress: OnProgress = () => {}
    ): Promise<Verification & { unsealed: number; unsealedSince?: Date | undefined }> {
      const [first, last] = [await oldest(), await newestSeal()]
      const before = Number(first?.number) - 1
      const all = Number(last?.number) - before
      const found = await verify({
        trusted,
        noted,
        // While it runs, a server may add seals.
        onSeal: ({ events, newest }) => onProgress(`${events} events`, Math.min((newest.number - before) / all, 1))
      })
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

    newestSeal,

    /** The number of the last seal whose events were pruned; 0 when none were. */
    async lastPruned(): Promise<number> {
      const first = await oldest()
      return first && first.pruned !== null ? first.number : 0
    },

    /** The hash of the seal with this number; `undefined` when there is none. */
    async hashOfSeal(number: number): Promise<string | undefined> {
      const [seal] = await sealsAfter(number - 1)
      return seal?.number === number ? linkOf(seal).hash : undefined
    },

    /** Up to `limit` events after this place in the order of the seals. Throws a StoreError when one cannot be read. */
    async sealedAfter(after: Pick<AuditRow, 'seal' | 'seq'>, limit: number): Promise<AuditRow[]> {
      return (await sealedAfter(after, limit)).map(readable)
    },

    /** The first seal of the first thousand events since `time`; `undefined` when there is no sealed event. */
    async sealSince(time: Date): Promise<number | undefined> {
      const rows = await db
        .select({ seal: audit.seal })
        .from(audit)
        .where(and(gte(audit.at, time), isNotNull(audit.seal)))
        .orderBy(asc(audit.at), asc(audit.seq))
        .limit(mostSealed)
      return rows.length > 0 ? Math.min(...rows.map(({ seal }) => Number(seal))) : undefined
    },

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
          throw new StoreError('unavailable', 'Events were pruned while they were read. Try again.')
      }
      return rows.map(readable)
    }
  }
}
