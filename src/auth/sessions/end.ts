import { Problem } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { SessionAndUser, SessionRow, SessionStore } from '../../store/sessions.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import { keepEndedMs } from './retention.ts'
import { createSessionEvents } from './session-events.ts'

/** Whether the session has neither ended nor expired at `now`. */
export const isLive = ({ session, endedByClient }: Omit<SessionAndUser, 'user'>, now: Date) =>
  session.revokedAt === null && !endedByClient && session.expiresAt > now && session.idleExpiresAt > now

/** Ends sessions, and deletes them later. */
export function createSessionEnd(deps: {
  store: SessionStore
  auditEvents: AuditEvents
  throttle: { take(counter: 'refresh', sessionId: string): Promise<void> }
  record: (event: AuditEvent) => Promise<void>
  now: () => Date
}) {
  const { store, auditEvents, throttle, record, now } = deps
  const events = createSessionEvents(auditEvents)

  return {
    /**
     * Ends a session (RFC 7009). The actor is the user unless `by` names another. A session that has already ended does
     * not change.
     */
    async end(session: SessionRow, reason: string, by: Origin) {
      await store.end({ id: session.id }, now(), events.ended(session, reason, by))
    },

    /**
     * Ends the session `id` of this user. The actor is the user unless `by` names another. Throws 404 when the user has
     * no such live session.
     */
    async endOne(userId: string, id: string, { reason = 'logout', ...by }: Origin & { reason?: string }) {
      const found = await store.withUser(id)
      const isOwn = found?.session.userId === userId && isLive(found, now())
      if (!isOwn || !(await store.end({ id, userId }, now(), events.ended(found.session, reason, by)))) {
        throw new Problem('not_found', 'This account has no session with this id.')
      }
    },

    /**
     * Ends every session of the user except `keep`, and every login that is under way. The actor is the user unless
     * `by` names another. Resolves to the number of sessions that ended. Writes even if there is none, and therefore
     * counts as a refresh of `keep`: throws 429 past that limit.
     */
    async endAll(
      userId: string,
      { keep, reason = 'logout everywhere', ...by }: Origin & { keep?: string | undefined; reason?: string } = {}
    ): Promise<number> {
      if (keep !== undefined) await throttle.take('refresh', keep)
      const event = auditEvents.event('session.ended', { actor: userId, ...by, subject: userId, detail: { reason } })
      return store.endAll(userId, keep, now(), event)
    },

    /**
     * Ends every session of every user and client and every login that is under way, a thousand at a time, and records
     * one event with their number. Resolves to that number. When it fails, the event has the number of sessions that
     * ended until then.
     */
    async endEvery(by: Origin): Promise<number> {
      let [count, after]: [number, string | undefined] = [0, undefined]
      try {
        let user: string | undefined
        do user = await store.voidNext(user)
        while (user !== undefined)
        do {
          const step = await store.endNext(after, now())
          count += step.ended
          after = step.next
        } while (after !== undefined)
      } finally {
        await record(auditEvents.event('sessions.ended', { ...by, detail: { count } }))
      }
      return count
    },

    /** Deletes sessions that ended before yesterday (UTC), until `stop` fires. Resolves to the number deleted. */
    prune: (stop?: AbortSignal) => store.prune(new Date(now().getTime() - keepEndedMs), stop)
  }
}
