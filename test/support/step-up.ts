import type { FastifyInstance } from 'fastify'
import { decodeJwt } from 'jose'
import type { SessionRow } from '../../src/store/sessions.ts'
import type { UserRow } from '../../src/store/users.ts'

/** Marks the account as one with a second factor. It has none that a login could use. */
export function markEnrolled(app: FastifyInstance, { id }: Pick<UserRow, 'id'>) {
  const now = app.clock.now()
  return app.db.users.update(id, { secondFactorAt: now, updatedAt: now }, app.auditEvents.event('user.updated'))
}

/** Records that the user of an access token has authenticated again, by default with a second factor. */
export async function stepUp(app: FastifyInstance, token: string, amr = ['otp', 'mfa']): Promise<SessionRow> {
  const { session } = (await app.sessions.find(String(decodeJwt(token).sid))) ?? {}
  const spent = [{ id: app.clock.newId(), expiresAt: app.clock.now() }]
  const authTime = app.clock.now()
  const after = session && (await app.sessions.stepUp(session, { amr, authTime, spent }, null))
  if (!after) throw new Error('The session of the token has ended.')
  return after
}
