import { OAuthError } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { SessionRow, SessionStore } from '../../store/sessions.ts'
import type { SpentRow } from '../../store/spent.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import { isLive } from './end.ts'
import { createSessionEvents } from './session-events.ts'

/** The session and counter that a refresh token names. */
export interface RefreshTokenName {
  sessionId: string
  counter: number
}

/** Moves sessions on with each refresh, and ends those whose token is used again. Times in `config` are seconds. */
export function createSessionRefresh(deps: {
  store: SessionStore
  config: { refreshTokenTtl: number; refreshGrace: number }
  auditEvents: AuditEvents
  /** Receives an event that could not be recorded, and the error. */
  onUnrecorded: (error: unknown, event: AuditEvent) => void
  now: () => Date
  /** The clock that all nodes share, for the time of a rotation. */
  sharedNow: () => Date
}) {
  const { store, config, auditEvents, onUnrecorded, now, sharedNow } = deps
  const events = createSessionEvents(auditEvents)

  /**
   * Classifies the use of an old refresh token. Use of the previous token within `refreshGrace` is a retry, because the
   * client may not have received the new token. If the rotation is in the future, the clock was set back and the time
   * of the use is unknown. Both times are those of the clock that the nodes share.
   */
  function useOfOld({ counter: current, rotatedAt }: SessionRow, counter: number): 'retry' | 'replay' | 'unclear' {
    if (counter !== current - 1) return 'replay'
    const sinceMs = sharedNow().getTime() - rotatedAt.getTime()
    if (Math.abs(sinceMs) <= config.refreshGrace * 1000) return 'retry'
    return sinceMs < 0 ? 'unclear' : 'replay'
  }

  return {
    /**
     * The live session that a refresh token of `client` names, and the session's user (RFC 6749 §6). Throws
     * `invalid_grant`, also when the session is bound to another key than `jkt`: a thief without the key cannot end it.
     */
    async ofRefreshToken(
      { sessionId }: RefreshTokenName,
      client: Client,
      jkt?: string | undefined
    ): Promise<{ session: SessionRow; user: UserRow }> {
      const found = await store.withUser(sessionId)
      if (!found?.user || found.user.disabled || found.session.clientId !== client.id) throw invalidRefreshToken()
      if (!isLive(found, now()) || !isBoundTo(found.session, jkt)) throw invalidRefreshToken()
      return { session: found.session, user: found.user }
    },

    /**
     * Moves the session past the refresh token's `counter`, binds it to the key `jkt`, and spends `spent`. A refresh is
     * only recorded when it comes from another address prefix than the last. Resolves to `undefined` when the session
     * was rotated, ended or deleted since it was read, or a row was spent.
     */
    rotate(
      session: SessionRow,
      { counter }: RefreshTokenName,
      { ip, jkt, spent }: { ip: string | null; jkt?: string | null; spent?: SpentRow[] }
    ): Promise<SessionRow | undefined> {
      const at = now()
      // Never earlier than before, even if the clock was set back.
      const idleExpiresAt = earlier(later(after(at, config.refreshTokenTtl), session.idleExpiresAt), session.expiresAt)
      const hasMoved = ip !== session.lastIp && addressPrefix(ip) !== addressPrefix(session.lastIp)
      const event = hasMoved ? events.used(session, 'token.refreshed', ip) : undefined
      const rotation = { counter: counter + 1, now: at, rotatedAt: sharedNow(), idleExpiresAt, ip, jkt }
      return store.rotate(session, rotation, event, spent)
    },

    /**
     * The session of an old refresh token whose use is a retry: the previous token, within `refreshGrace` seconds. Any
     * other use of an old token throws `invalid_grant` and ends the session (RFC 9700 §4.14.2), unless the clock was
     * set back, so that the time of the use is unknown.
     */
    async ofRetry({ sessionId, counter }: RefreshTokenName, ip: string | null): Promise<SessionRow> {
      const found = await store.withUser(sessionId)
      if (!found || !isLive(found, now()) || counter >= found.session.counter) throw invalidRefreshToken()
      const { session } = found
      const use = useOfOld(session, counter)
      if (use === 'retry') {
        const event = events.used(session, 'token.retried', ip)
        // A retry needs no write, so that a client keeps its login while the store takes none.
        if (session.retriedCounter !== session.counter)
          await store.recordRetry(session, event).catch(error => onUnrecorded(error, event))
        return session
      }
      if (use === 'replay') {
        const reuse = events.ended(session, 'refresh token reuse', { actor: null, ip }, 'token.reuse_detected')
        await store.end({ id: session.id }, now(), reuse)
      }
      throw invalidRefreshToken()
    }
  }
}

/** Whether a request that proves the key `jkt`, if any, may use the session. */
export const isBoundTo = (session: SessionRow, jkt: string | undefined) => session.jkt === null || session.jkt === jkt

/** The error for every invalid refresh token, whatever the reason. */
export const invalidRefreshToken = () =>
  new OAuthError('invalid_grant', 'The refresh token is invalid, expired or revoked.')

const after = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1000)
const earlier = (a: Date, b: Date) => (a < b ? a : b)
const later = (a: Date, b: Date) => (a > b ? a : b)
