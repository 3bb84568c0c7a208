import { OAuthError } from '../../base/errors.ts'
import { after, earlier, later } from '../../base/times.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { SessionRow, SessionStore } from '../../store/sessions.ts'
import type { SpentRow } from '../../store/spent.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { isLive } from './end.ts'
import { createSessionEvents } from './session-events.ts'

/** The session and counter that a refresh token names, and whether the session was bound to a key at that time. */
export interface RefreshTokenName {
  sessionId: string
  counter: number
  isBound: boolean
}

/** Moves sessions on with each refresh, and ends those whose token is used again. Times in `config` are seconds. */
export function createSessionRefresh(deps: {
  store: SessionStore
  config: { refreshTokenTtl: number; refreshGrace: number; dpop: 'off' | 'optional' | 'required' }
  throttle: Pick<Throttle, 'isAllowed'>
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
  /** Receives an event that could not be recorded, and the error. */
  onUnrecorded: (error: unknown, event: AuditEvent) => void
  now: () => Date
  /** The clock that all nodes share, for the time of a rotation. */
  sharedNow: () => Date
}) {
  const { store, config, throttle, auditEvents, record, onUnrecorded, now, sharedNow } = deps
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

  /** Records that a bound refresh token came without its key: the first time in an hour for each session. */
  async function reportKeyRefusal(session: SessionRow, ip: string | null) {
    const event = { ...events.used(session, 'token.key_refused', ip), actor: null }
    try {
      if (config.dpop !== 'off' && (await throttle.isAllowed('key-refusal', session.id))) await record(event)
    } catch (error) {
      onUnrecorded(error, event)
    }
  }

  return {
    /**
     * The live session that a refresh token of `client` names, and the session's user (RFC 6749 §6). Throws
     * `invalid_grant`, also when the token is bound to another key than `jkt`: a thief without the key cannot end the
     * session, and is recorded. An old token from before the session was bound is judged by `ofRetry`.
     */
    async ofRefreshToken(
      { sessionId, counter, isBound }: RefreshTokenName,
      client: Client,
      { jkt, ip }: { jkt?: string | undefined; ip: string | null }
    ): Promise<{ session: SessionRow; user: UserRow }> {
      const found = await store.withUser(sessionId)
      if (!found?.user || found.user.disabled || found.session.clientId !== client.id) throw invalidRefreshToken()
      const { session, user } = found
      if (!isLive(found, now())) throw invalidRefreshToken()
      // The row of a bound token has no key after the loss of the refresh that bound it.
      const needsKey = isBound || (session.jkt !== null && counter >= session.counter)
      if (needsKey && session.jkt !== jkt) {
        await reportKeyRefusal(session, ip)
        throw invalidRefreshToken()
      }
      return { session, user }
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
     * The session of an old refresh token whose use is a retry: the previous token, within `refreshGrace` seconds, with
     * the key that the session is bound to, if any. Any other use of an old token throws `invalid_grant` and ends the
     * session (RFC 9700 §4.14.2), unless the clock was set back, so that the time of the use is unknown.
     */
    async ofRetry(
      { sessionId, counter }: RefreshTokenName,
      { jkt, ip }: { jkt?: string | undefined; ip: string | null }
    ): Promise<SessionRow> {
      const found = await store.withUser(sessionId)
      if (!found || !isLive(found, now()) || counter >= found.session.counter) throw invalidRefreshToken()
      const { session } = found
      const use = useOfOld(session, counter)
      const isRetry = use === 'retry' && isBoundTo(session, jkt)
      if (isRetry) {
        const event = events.used(session, 'token.retried', ip)
        // The refresh may not be on disk yet. An event that cannot be recorded does not cost the client its login.
        if (session.retriedCounter === session.counter) await store.durable()
        else
          await store.recordRetry(session, event).catch(error => {
            onUnrecorded(error, event)
            return store.durable()
          })
        return session
      }
      if (use !== 'unclear') {
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
