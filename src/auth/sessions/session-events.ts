import type { SessionRow } from '../../store/sessions.ts'
import type { AuditAction, AuditEvents, Origin } from '../audit-events.ts'

/** Makes the events of sessions. */
export const createSessionEvents = (auditEvents: AuditEvents) => ({
  /** The user or client of the session used it from the address. */
  used: (session: SessionRow, action: AuditAction, ip: string | null) =>
    auditEvents.event(action, {
      actor: session.userId,
      subject: session.userId,
      clientId: session.clientId,
      ip,
      detail: { session: session.id }
    }),

  /** The session ended for this reason. The actor is the user unless `origin` names another. */
  ended: (session: SessionRow, reason: string, origin: Origin, action: AuditAction = 'session.ended') =>
    auditEvents.event(action, {
      actor: session.userId,
      ...origin,
      subject: session.userId,
      clientId: session.clientId,
      detail: { session: session.id, reason }
    })
})
