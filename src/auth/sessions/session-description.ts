import type { Session } from '../../../routes/shapes.ts'
import type { SessionRow } from '../../store/sessions.ts'

/** The session as the API returns it to a request that belongs to the session `currentId`. */
export const describeSession = (session: SessionRow, currentId?: string): Session => ({
  id: session.id,
  current: session.id === currentId,
  client_id: session.clientId,
  scope: session.scope.join(' '),
  created_at: session.createdAt.toISOString(),
  last_used_at: session.lastUsedAt.toISOString(),
  expires_at: session.expiresAt.toISOString(),
  idle_expires_at: session.idleExpiresAt.toISOString(),
  dpop_bound: session.jkt !== null,
  ip: session.ip,
  last_ip: session.lastIp,
  user_agent: session.userAgent
})
