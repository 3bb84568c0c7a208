import { and, eq, gt, lt, lte, ne, type SQL } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine } from './engine/dialect.ts'
import { dayOf, ended, mostAtOnce, notEnded } from './session-rows.ts'

/** Ends of sessions, and the deletion of those that ended. */
export function createSessionEnds(engine: Engine) {
  const { db, schema, atomic } = engine
  const { sessions } = schema

  /** Ends the sessions that match `which` and have not ended; resolves to their number. */
  async function endWhere(which: SQL | undefined, now: Date, event: AuditEvent) {
    const rows = await atomic((tx, then) => [
      tx.update(sessions).set(ended(now)).where(notEnded(schema, which)).returning({ id: sessions.id }),
      auditInsert(then, schema, event)
    ])
    return rows.length
  }

  return {
    /** Ends one session, of `userId` only where given; false when it had already ended or belongs to another user. */
    async end(which: { id: string; userId?: string | undefined }, now: Date, event: AuditEvent) {
      const owner = which.userId === undefined ? undefined : eq(sessions.userId, which.userId)
      return (await endWhere(and(eq(sessions.id, which.id), owner), now, event)) > 0
    },

    /** Ends all sessions of a user except `keep`; resolves to the number of ended sessions. */
    endAll(userId: string, keep: string | undefined, now: Date, event: AuditEvent) {
      const kept = keep === undefined ? undefined : ne(sessions.id, keep)
      return endWhere(and(eq(sessions.userId, userId), kept), now, event)
    },

    /**
     * Ends the sessions that have not ended among the thousand whose ids follow `after`. Resolves to their number, and
     * to the id after which to continue, if there are more.
     */
    async endNext(after: string | undefined, now: Date): Promise<{ ended: number; next: string | undefined }> {
      const isAfter = after === undefined ? undefined : gt(sessions.id, after)
      const [last] = await db
        .select({ id: sessions.id })
        .from(sessions)
        .where(isAfter)
        .orderBy(sessions.id)
        .limit(1)
        .offset(mostAtOnce - 1)
      const which = and(isAfter, last && lte(sessions.id, last.id))
      const rows = await atomic(tx => [
        tx.update(sessions).set(ended(now)).where(notEnded(schema, which)).returning({ id: sessions.id })
      ])
      return { ended: rows.length, next: last?.id }
    },

    /** Deletes sessions that ended or expired on a day before that of `before`, until `stop` fires. */
    prune(before: Date, stop?: AbortSignal): Promise<number> {
      const { id, endsOn } = sessions
      const old = lt(endsOn, dayOf(before))
      return deleteInSteps(engine, { table: sessions, key: { id }, old, age: endsOn }, stop)
    }
  }
}
