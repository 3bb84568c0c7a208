import { setImmediate } from 'node:timers/promises'
import { and, desc, eq, gt, gte, lte, not, notExists } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { type Anchor, anchorIn, type Fault, fromAnchor, type Link, type Verification, verifyChain } from './chain.ts'
import { type AuditEvent, auditInsert } from './events.ts'
import { type AuditFilter, createAuditPages, readable } from './pagination.ts'
import { findPrunable, type Step } from './pruning.ts'

export type AuditStore = ReturnType<typeof createAuditStore>

/** How many of the newest pruning events may be examined until one is credible. */
const mostAsked = 10

/** Reads and writes of the table `audit`, except the events that changes record themselves. */
export function createAuditStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { audit } = schema
  const pages = createAuditPages(engine)
  const rowsAfter = async (after?: number) => (await pages.next(after))?.rows ?? []

  /**
   * The beginning of the chain according to the newest credible pruning event. Without one, pruned rows are missing.
   */
  async function anchor(): Promise<Anchor> {
    const prunings = await db.select().from(audit).where(isPruning).orderBy(desc(audit.seq)).limit(mostAsked)
    const event = prunings[0]?.seq ?? 0
    for (const row of prunings) {
      const [before] = await db
        .select()
        .from(audit)
        .where(eq(audit.seq, row.seq - 1))
      const place = anchorIn(row, before)
      if (place) return { ...place, event }
    }
    return { seq: 0, hash: '', event }
  }
  /**
   * Filters by subject as well, because the subject is indexed. A number past 53 bits would be mistaken for another.
   */
  const isPruning = and(
    eq(audit.subject, 'audit'),
    eq(audit.action, 'audit.pruned'),
    lte(audit.seq, Number.MAX_SAFE_INTEGER)
  )

  /**
   * Deletes the rows of a step that are older than `before`, as all were when the step was planned, and records
   * `event`, unless another pruning has happened since the event `known`.
   */
  const prunePart = ({ through, place }: Step, before: Date, known: number, event: AuditEvent) =>
    atomic(tx => {
      const since = db
        .select()
        .from(audit)
        .where(and(isPruning, gt(audit.seq, known)))
      // With `<`, SQLite would use the index of times and read all old rows in each step.
      const isOld = not(gte(audit.at, before))
      return [
        tx
          .delete(audit)
          .where(and(lte(audit.seq, through), isOld, notExists(since)))
          .returning({ seq: audit.seq }),
        auditInsert(tx, schema, { ...event, subject: 'audit', detail: { ...place, ...event.detail } })
      ]
    })

  return {
    ...pages,

    /** `next` of `createAuditPages`. Throws a StoreError when one of the rows cannot be read. */
    async next(after?: number, filter?: AuditFilter) {
      const part = await pages.next(after, filter)
      return part && { ...part, rows: part.rows.map(readable) }
    },

    /** Records an event without a change, such as a failed login. */
    async record(event: AuditEvent) {
      await atomic(tx => [auditInsert(tx, schema, event).returning({ seq: audit.seq })])
    },

    /** Follows the chain to its newest row, in bounded memory; `noted` is a place that the chain must contain. */
    verify: (noted?: Link): Promise<Verification> => verifyChain({ anchor, next: rowsAfter }, noted),

    /**
     * Deletes the rows at the beginning of the table that are all older than `before`, and never a younger one. The
     * newest row stays, because the chain continues from it. Rows are verified first: when one is `broken`, nothing is
     * deleted, unless `evenBroken`.
     *
     * Works in steps of up to a page. Each step is one transaction with its own `audit.pruned` event, which receives
     * the place after which the chain then begins and the first broken row. An interruption, such as by `stop`,
     * therefore leaves the chain as intact as it was. Of two concurrent prunings, one takes effect.
     */
    async prune(
      before: Date,
      event: AuditEvent,
      { evenBroken = false, stop }: { evenBroken?: boolean; stop?: AbortSignal | undefined } = {}
    ): Promise<{ deleted: number; broken?: Fault }> {
      const untilStopped = async (after?: number) => {
        // Reads of SQLite are synchronous: without this, `stop` could not fire.
        await setImmediate()
        return stop?.aborted ? [] : rowsAfter(after)
      }
      const { from, steps, broken } = await fromAnchor(anchor, from => findPrunable(from, before, untilStopped))
      if (stop?.aborted) return { deleted: 0 }
      if (broken && !evenBroken) return { deleted: 0, broken }
      let known = from.event
      let deleted = 0
      for (const step of steps) {
        if (stop?.aborted) break
        const detail = broken ? { broken: broken.seq } : {}
        const { length } = await prunePart(step, before, known, { ...event, detail })
        deleted += length
        const now = await anchor()
        if (now.seq !== step.place.seq || now.hash !== step.place.hash) break
        known = now.event
      }
      return { deleted }
    }
  }
}
