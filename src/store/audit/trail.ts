import { setImmediate } from 'node:timers/promises'
import { and, desc, eq, gt, gte, lte, not, notExists } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { type Anchor, anchorIn, type Fault, fromAnchor, type Link, type Verification, verifyChain } from './chain.ts'
import { type AuditEvent, auditInsert } from './events.ts'
import { type AuditFilter, createAuditPages, readable } from './pagination.ts'
import { findPrunable, type Step } from './pruning.ts'

export type AuditStore = ReturnType<typeof createAuditStore>

/** How many of the newest prunings are asked where the chain begins, in turn, until one can be believed. */
const mostAsked = 10

/** Reads and writes of the table `audit`, beside the events that are in the lists of changes. */
export function createAuditStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { audit } = schema
  const pages = createAuditPages(engine)
  const rowsAfter = async (after?: number) => (await pages.next(after))?.rows ?? []

  /** Where the newest pruning that can be believed says that the chain begins; without one, what was pruned is missing. */
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
  /** By its subject as well, of which there is an index. A number past 53 bits would be taken for another. */
  const isPruning = and(
    eq(audit.subject, 'audit'),
    eq(audit.action, 'audit.pruned'),
    lte(audit.seq, Number.MAX_SAFE_INTEGER)
  )

  /**
   * Deletes the rows of a step that are from before `before`, as all were that it was made of, and says so in `event`, unless
   * somebody has pruned since the event `known`.
   */
  const prunePart = ({ through, place }: Step, before: Date, known: number, event: AuditEvent) =>
    atomic(tx => {
      const since = db
        .select()
        .from(audit)
        .where(and(isPruning, gt(audit.seq, known)))
      // Not as `<`, for which SQLite would go through the index of times, and each step through all rows that are old.
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

    /** What `createAuditPages` has as `next`. Throws a StoreError when one of the rows cannot be read. */
    async next(after?: number, filter?: AuditFilter) {
      const part = await pages.next(after, filter)
      return part && { ...part, rows: part.rows.map(readable) }
    },

    /** Records an event that no change goes with, such as a failed login. */
    async record(event: AuditEvent) {
      await atomic(tx => [auditInsert(tx, schema, event).returning({ seq: audit.seq })])
    },

    /** Follows the chain to its newest row, in bounded memory; `noted` is a place that has to be in it. */
    verify: (noted?: Link): Promise<Verification> => verifyChain({ anchor, next: rowsAfter }, noted),

    /**
     * Deletes the rows at the beginning of the table that are all from before `before`, and never a younger one. The newest row
     * stays: the chain goes on from it. What is deleted is verified before. When something is `broken`, nothing is deleted, unless
     * `evenBroken`.
     *
     * It goes in steps of up to a page. Each is one transaction with an `event` of its own, an `audit.pruned` that is given the
     * place after which the chain begins then and the first row that is broken, so that what is interrupted, as by `stop`, leaves
     * the chain as whole as it was. Of two that prune at once, one does.
     */
    async prune(
      before: Date,
      event: AuditEvent,
      { evenBroken = false, stop }: { evenBroken?: boolean; stop?: AbortSignal | undefined } = {}
    ): Promise<{ deleted: number; broken?: Fault }> {
      const untilStopped = async (after?: number) => {
        // Reads of SQLite leave the event loop no turn in which it could hear of a stop.
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
