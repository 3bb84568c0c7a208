import { setImmediate } from 'node:timers/promises'
import { and, asc, between, type Column, count, desc, eq, gt, isNull, lt, max, or, type SQL, sql } from 'drizzle-orm'
import { kindOf } from '../../base/action-patterns.ts'
import type { Engine, Following, Statement } from '../engine/dialect.ts'
import { type AuditEvent, auditInsert } from './events.ts'
import { type Seal, type SealKey, signPruned } from './seals.ts'
import type { Fault, Verification, VerifyOptions } from './verification.ts'

/** How many seals are examined at a time, each with up to a thousand events. */
const pageSeals = 20
/** How many events a step deletes, unless a single seal has more. */
const stepEvents = 1000
const farthest = Number.MAX_SAFE_INTEGER

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

/** Deletes old events, which `verify` finds intact. */
export function createPruning(engine: Engine, verify: (options: VerifyOptions) => Promise<Verification>) {
  const { db, schema, atomic } = engine
  const { audit, seals, webhooks } = schema

  /**
   * The statements that move each webhook past the pruned seal, and count what it loses: the events in `covered` that it
   * asks for and that were not sent.
   */
  async function losses({ number }: Seal, covered: SQL | undefined): Promise<((then: Following) => Statement)[]> {
    const isBefore = (seal: Column | number, seq: Column | number) =>
      or(lt(webhooks.seal, seal), and(eq(webhooks.seal, seal), lt(webhooks.seq, seq)))
    const isBehind = isBefore(number, farthest)
    const behind = await db.select({ id: webhooks.id, events: webhooks.events }).from(webhooks).where(isBehind)
    return behind.map(({ id, events }) => {
      const unsent = and(covered, isBefore(audit.seal, audit.seq), askedIn(events, audit.action))
      const lost = sql`${webhooks.lost} + (SELECT count(*) FROM ${audit} WHERE ${unsent})`
      return then => then.update(webhooks, { lost, seal: number, seq: farthest }, and(eq(webhooks.id, id), isBehind))
    })
  }

  return {
    /**
     * Deletes the seals at the beginning whose events are all older than `before`, and never a younger event. The
     * newest seal stays. They are verified first, up to the first that stays: when one is `broken`, nothing is deleted,
     * unless `evenBroken`.
     *
     * Works in steps of about a thousand events. Each step is one transaction with its own event `audit.pruned`, and
     * signs in the last seal that the events up to it were pruned. An interruption, such as by `stop`, therefore leaves
     * the trail as intact as it was. If two prunings run at once, one takes effect.
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
        const lost = await losses(seal, isCovered)
        const done = await atomic((tx, then) => [
          tx
            .update(seals)
            .set({ pruned: signPruned(seal, key) })
            .where(and(eq(seals.number, seal.number), isNull(seals.pruned)))
            .returning({ number: seals.number }),
          ...lost.map(count => count(then)),
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

/** `isAsked` as a condition on a column. */
const askedIn = (patterns: string[], action: Column): SQL | undefined =>
  or(
    ...patterns.map(pattern => {
      const kind = pattern === '*' ? '' : kindOf(pattern)
      return kind === undefined ? eq(action, pattern) : sql`substr(${action}, 1, ${kind.length}) = ${kind}`
    })
  )
