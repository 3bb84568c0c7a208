import { and, eq, gt, lt, lte, type SQL } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine } from './engine/dialect.ts'
import { dayOf, ended, laterEpoch, mostAtOnce, notEnded, ofUserBut } from './session-rows.ts'

/** Ends of sessions, and the deletion of those that ended. */
export function createSessionEnds(engine: Engine) {
  const { db, schema, atomic } = engine
  const { sessions, users } = schema

  /** Ends the sessions that match `which` and have not ended; resolves to their number. */
  async function endWhere(which: SQL | undefined, now: Date, event: AuditEvent) {
    const rows = await atomic((tx, then) => [
      tx.update(sessions).set(ended(now)).where(notEnded(schema, which)).returning({ id: sessions.id }),
      auditInsert(then, schema, event)
    ])
    return rows.length
  }

  /** The condition of the thousand rows whose ids follow `after`, and the id of the last if there are more. */
  async function stepAfter(after: string | undefined, table: typeof sessions | typeof users) {
    const isAfter = after === undefined ? undefined : gt(table.id, after)
    const [last] = await db
      .select({ id: table.id })
      .from(table)
      .where(isAfter)
      .orderBy(table.id)
      .limit(1)
      .offset(mostAtOnce - 1)
    return { which: and(isAfter, last && lte(table.id, last.id)), next: last?.id }
  }

  return {
    /** Ends one session, of `userId` only where given; false when it had already ended or belongs to another user. */
    async end(which: { id: string; userId?: string | undefined }, now: Date, event: AuditEvent) {
      const owner = which.userId === undefined ? undefined : eq(sessions.userId, which.userId)
      return (await endWhere(and(eq(sessions.id, which.id), owner), now, event)) > 0
    },

    /**
     * Ends all sessions of a user except `keep`, and what is under way; resolves to the number of ended sessions. A
     * login that begins in between has a proof from after the end.
     */
    async endAll(userId: string, keep: string | undefined, now: Date, event: AuditEvent) {
      await atomic(tx => [
        tx.update(users).set(laterEpoch(schema)).where(eq(users.id, userId)).returning({ id: users.id })
      ])
      return endWhere(ofUserBut(schema, userId, keep), now, event)
    },

    /**
     * Ends what is under way of the thousand users whose ids follow `after`. Resolves to the id after which to
     * continue, if there are more.
     */
    async voidNext(after: string | undefined): Promise<string | undefined> {
      const { which, next } = await stepAfter(after, users)
      await atomic(tx => [tx.update(users).set(laterEpoch(schema, 1000)).where(which).returning({ id: users.id })])
      return next
    },

    /**
     * Ends the sessions that have not ended among the thousand whose ids follow `after`. Resolves to their number, and
     * to the id after which to continue, if there are more.
     */
    async endNext(after: string | undefined, now: Date): Promise<{ ended: number; next: string | undefined }> {
      const { which, next } = await stepAfter(after, sessions)
      const rows = await atomic(tx => [
        tx.update(sessions).set(ended(now)).where(notEnded(schema, which)).returning({ id: sessions.id })
      ])
      return { ended: rows.length, next }
    },

    /** Deletes sessions that ended or expired on a day before that of `before`, until `stop` fires. */
    prune(before: Date, stop?: AbortSignal): Promise<number> {
      const { id, endsOn } = sessions
      const old = lt(endsOn, dayOf(before))
      return deleteInSteps(engine, { table: sessions, key: { id }, old, age: endsOn }, stop)
    }
  }
}
