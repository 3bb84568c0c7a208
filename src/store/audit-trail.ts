import { and, asc, desc, eq, gt, inArray, lte, notExists, type SQL } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit.ts'
import { type Anchor, type Link, type Verification, verifyChain } from './audit-chain.ts'
import { createAuditPages } from './audit-pages.ts'
import type { Db, Engine } from './dialect.ts'
import { deleteInSteps, stepRows } from './steps.ts'

export type AuditStore = ReturnType<typeof createAuditStore>

/** Reads and writes of the table `audit`, beside the events that are in the lists of changes. */
export function createAuditStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { audit } = schema
  const pages = createAuditPages(engine)

  /** Where the newest pruning says that the chain begins. */
  async function anchor(): Promise<Anchor> {
    const [row] = await db.select().from(audit).where(isPruning).orderBy(desc(audit.seq)).limit(1)
    return row
      ? { seq: Number(row.detail.seq), hash: String(row.detail.hash), event: row.seq }
      : { seq: 0, hash: '', event: 0 }
  }
  /** By its subject as well, of which there is an index. */
  const isPruning = and(eq(audit.subject, 'audit'), eq(audit.action, 'audit.pruned'))

  /** The last of the rows at the beginning of the chain that are all from before `before`; never the newest of all. */
  async function lastBefore(before: Date): Promise<Link | undefined> {
    let [last, current]: (Link | undefined)[] = []
    for (let page = await pages.next(0); page; page = await pages.next(page.last)) {
      for (const { at, seq, hash } of page.rows) {
        last = current
        if (at >= before) return last
        current = { seq, hash: hash ?? '' }
      }
    }
    return last
  }

  /** Deletes the oldest rows as far as `through`, up to `most`. */
  const deleteOldest = (tx: Db, through: number, most: number, where?: SQL) => {
    const oldest = tx
      .select({ seq: audit.seq })
      .from(audit)
      .where(lte(audit.seq, through))
      .orderBy(asc(audit.seq))
      .limit(most)
    return tx
      .delete(audit)
      .where(and(inArray(audit.seq, oldest), where))
      .returning({ seq: audit.seq })
  }

  const deleteThrough = (through: number) => deleteInSteps(engine, (tx, most) => deleteOldest(tx, through, most))

  return {
    ...pages,

    /** Records an event that no change goes with, such as a failed login. */
    async record(event: AuditEvent) {
      await atomic(tx => [auditInsert(tx, schema, event).returning({ seq: audit.seq })])
    },

    /** Follows the chain to its newest row, in bounded memory; `noted` is a place that has to be in it. */
    verify: (noted?: Link): Promise<Verification> =>
      verifyChain({ anchor, next: async after => (await pages.next(after))?.rows ?? [] }, noted),

    /**
     * Deletes the rows at the beginning of the chain that are all from before `before`, and resolves to how many. The newest row
     * stays: the chain goes on from it. `event`, an `audit.pruned`, is given the last row that goes, and recorded with the first
     * that are deleted: what is interrupted then is finished by the next pruning. Of two that prune at once, one does.
     */
    async prune(before: Date, event: AuditEvent): Promise<number> {
      const known = await anchor()
      const rest = await deleteThrough(known.seq)
      const last = await lastBefore(before)
      if (!last) return rest
      const isFirst = notExists(
        db
          .select()
          .from(audit)
          .where(and(isPruning, gt(audit.seq, known.event)))
      )
      const begun = await atomic(tx => [
        deleteOldest(tx, last.seq, stepRows, isFirst),
        auditInsert(tx, schema, { ...event, subject: 'audit', detail: { ...last } })
      ])
      return begun.length === 0 ? rest : rest + begun.length + (await deleteThrough(last.seq))
    }
  }
}
