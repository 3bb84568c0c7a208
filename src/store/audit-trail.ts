import { setImmediate } from 'node:timers/promises'
import { and, desc, eq, gt, lte, notExists } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit.ts'
import { type Anchor, type Fault, fromAnchor, type Link, type Verification, verifyChain } from './audit-chain.ts'
import { createAuditPages } from './audit-pages.ts'
import { findPrunable } from './audit-pruning.ts'
import type { Build, Engine } from './dialect.ts'

export type AuditStore = ReturnType<typeof createAuditStore>

/** Reads and writes of the table `audit`, beside the events that are in the lists of changes. */
export function createAuditStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { audit } = schema
  const pages = createAuditPages(engine)
  /** What is pruned leaves space for logins on a full disk. */
  const freeing = <T>(build: Build<T>) => atomic(build, { frees: true })
  const rowsAfter = async (after?: number) => (await pages.next(after))?.rows ?? []

  /** Where the newest pruning says that the chain begins; where it does not, that is missing which was pruned. */
  async function anchor(): Promise<Anchor> {
    const [row] = await db.select().from(audit).where(isPruning).orderBy(desc(audit.seq)).limit(1)
    const { seq, hash } = row?.detail ?? {}
    const event = row?.seq ?? 0
    return Number.isSafeInteger(seq) && typeof hash === 'string'
      ? { seq: Number(seq), hash, event }
      : { seq: 0, hash: '', event }
  }
  /** By its subject as well, of which there is an index. */
  const isPruning = and(eq(audit.subject, 'audit'), eq(audit.action, 'audit.pruned'))

  /** Deletes the rows up to `end` and says so in `event`, unless somebody has pruned since the event `known`. */
  const pruneThrough = (end: Link, known: number, event: AuditEvent) =>
    freeing(tx => {
      const since = db
        .select()
        .from(audit)
        .where(and(isPruning, gt(audit.seq, known)))
      return [
        tx
          .delete(audit)
          .where(and(lte(audit.seq, end.seq), notExists(since)))
          .returning({ seq: audit.seq }),
        auditInsert(tx, schema, { ...event, subject: 'audit', detail: { ...end, ...event.detail } })
      ]
    })

  return {
    ...pages,

    /** Records an event that no change goes with, such as a failed login. */
    async record(event: AuditEvent) {
      await atomic(tx => [auditInsert(tx, schema, event).returning({ seq: audit.seq })])
    },

    /** Follows the chain to its newest row, in bounded memory; `noted` is a place that has to be in it. */
    verify: (noted?: Link): Promise<Verification> => verifyChain({ anchor, next: rowsAfter }, noted),

    /**
     * Deletes the rows at the beginning of the chain that are all from before `before`. The newest row stays: the chain goes on
     * from it. What is deleted is verified before. When something is `broken`, nothing is deleted, unless `evenBroken`.
     *
     * It goes in steps. Each is one transaction with an `event` of its own, an `audit.pruned` that is given the last row that goes
     * and the first that is broken, so that what is interrupted, as by `stop`, leaves the chain whole. Of two that prune at once,
     * one does.
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
      const { from, ends, broken } = await fromAnchor(anchor, from => findPrunable(from, before, untilStopped))
      if (stop?.aborted) return { deleted: 0 }
      if (broken && !evenBroken && ends.length > 0) return { deleted: 0, broken }
      let known = from.event
      let deleted = 0
      for (const end of ends) {
        if (stop?.aborted) break
        const { length } = await pruneThrough(end, known, { ...event, detail: broken ? { broken: broken.seq } : {} })
        deleted += length
        const now = await anchor()
        if (now.seq !== end.seq || now.hash !== end.hash) break
        known = now.event
      }
      return { deleted }
    }
  }
}
