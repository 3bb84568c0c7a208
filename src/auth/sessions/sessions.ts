import { OAuthError, Problem } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { ClientRow } from '../../store/clients.ts'
import type { NewMail } from '../../store/mail.ts'
import type { FactorUse } from '../../store/second-factors.ts'
import type { NewSession, SessionAndUser, SessionRow, SessionStore } from '../../store/sessions.ts'
import type { SpentRow } from '../../store/spent.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditAction, AuditEvents, Origin } from '../audit/audit-events.ts'
import { type Client, unknownClient } from '../clients/clients.ts'
import type { Mail } from '../mail/mail.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { Counted, PasswordBuckets } from '../throttle/throttle.ts'
import type { RefreshTokenName } from '../tokens/refresh-tokens.ts'
import { authenticationOf } from './authentication.ts'
import { describeSession } from './session-description.ts'

export type Sessions = ReturnType<typeof createSessions>

/** The device of a login. */
export interface Device {
  ip: string | null
  userAgent: string | null
}

/** What a login proved, and what the proof used up. */
export interface LoginProof {
  /** The methods (RFC 8176 §2). */
  amr: string[]
  use: FactorUse
  /** The address prefix of the login, and whether the user has logged in from it. */
  asks: PasswordBuckets['asks']
  /** The attempts that were counted, to give back. */
  attempts: Counted[]
}

const maxUserAgentLength = 256
/** How long an ended session is kept in the database. */
const keepEndedMs = 86_400_000

/** Whether the session has neither ended nor expired at `now`. */
export const isLive = ({ session, endedByClient }: Omit<SessionAndUser, 'user'>, now: Date) =>
  session.revokedAt === null && !endedByClient && session.expiresAt > now && session.idleExpiresAt > now

/**
 * Sessions: one for each login, from the first token to logout, expiry or refresh token reuse. Times in `config` are
 * seconds.
 */
export function createSessions(deps: {
  store: SessionStore
  mail: Mail
  config: {
    sessionTtl: number
    refreshTokenTtl: number
    refreshGrace: number
    accessTokenTtl: number
    maxSessionsPerUser: number
    loginNotice: 'on' | 'off'
    smtpUrl?: string | undefined
  }
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
  /** Called when a user or a client has logged in. */
  onLogin: () => void
  newId: () => string
  now: () => Date
  /** The clock that all nodes share, for the time of a rotation. */
  sharedNow: () => Date
}) {
  const { store, mail, config, auditEvents, record, onLogin, newId, now, sharedNow } = deps
  const loginTtl = { absolute: config.sessionTtl, idle: config.refreshTokenTtl }
  const clientTtl = { absolute: config.accessTokenTtl, idle: config.accessTokenTtl }
  const after = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1000)
  const earlier = (a: Date, b: Date) => (a < b ? a : b)
  const later = (a: Date, b: Date) => (a > b ? a : b)

  function newSession(
    client: Client,
    scope: string[],
    device: Device,
    ttl: { absolute: number; idle: number }
  ): NewSession {
    const [at, id] = [now(), newId()]
    const expiresAt = after(at, ttl.absolute)
    return {
      id,
      userId: null,
      clientId: client.id,
      clientEpoch: client.registered?.ownEpoch ?? null,
      scope,
      counter: 0,
      createdAt: at,
      rotatedAt: at,
      lastUsedAt: at,
      expiresAt,
      idleExpiresAt: earlier(after(at, ttl.idle), expiresAt),
      ip: device.ip,
      userAgent: device.userAgent?.slice(0, maxUserAgentLength) ?? null,
      amr: null,
      authTime: null
    }
  }

  /** The session of a user who logs in now, with the methods `amr`. */
  function newLogin(user: UserRow, client: Client, scope: string[], device: Device, amr: string[]) {
    const session = newSession(client, scope, device, loginTtl)
    const clientEpoch = client.registered?.loginEpoch ?? null
    return { ...session, userId: user.id, clientEpoch, amr, authTime: session.createdAt }
  }

  /**
   * The session that replaces `former` without a new login: the user has shown what was shown then, and no more, so it
   * ends when `former` would have.
   */
  function successor(former: SessionRow, user: UserRow, client: Client, device: Device) {
    const [{ amr, authTime }, { expiresAt }] = [authenticationOf(former), former]
    const login = newLogin(user, client, former.scope, device, amr)
    return { ...login, authTime, expiresAt, idleExpiresAt: earlier(login.idleExpiresAt, expiresAt) }
  }

  const ended = (session: SessionRow, reason: string, origin: Origin, action: AuditAction = 'session.ended') =>
    auditEvents.event(action, {
      actor: session.userId,
      ...origin,
      subject: session.userId,
      clientId: session.clientId,
      detail: { session: session.id, reason }
    })

  const ofToken = (session: SessionRow, action: AuditAction, ip: string | null) =>
    auditEvents.event(action, {
      actor: session.userId,
      subject: session.userId,
      clientId: session.clientId,
      ip,
      detail: { session: session.id }
    })

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

  /** The notice of a login from a prefix from which the user has not logged in before. The first login has none. */
  function noticeOf({ email, emailVerified, lastLoginAt }: UserRow, isKnown: boolean): NewMail[] {
    if (config.loginNotice === 'off' || !config.smtpUrl) return []
    if (isKnown || email === null || !emailVerified || lastLoginAt === null) return []
    return [mail.newLogin(email)]
  }

  return {
    describe: describeSession,
    successor,

    /**
     * Starts the session of a user, uses up what the `proof` used, gives back its attempts, and notifies the user by
     * mail if the address prefix is new. Resolves to `undefined` when the user, password, second factors or client have
     * changed since the login was checked, or when something that works once was used. An authorization code has named
     * the `id` of the session, and the time of its last method.
     */
    async startLogin(
      user: UserRow,
      client: Client,
      scope: string[],
      device: Device,
      { amr, use, asks, attempts }: LoginProof,
      ofCode?: { id: string; authTime: Date }
    ): Promise<SessionRow | undefined> {
      const session = { ...newLogin(user, client, scope, device, amr), ...ofCode }
      const event = auditEvents.event('login.succeeded', {
        actor: user.id,
        subject: user.id,
        clientId: client.id,
        ip: device.ip,
        // A password alone is the rule, and need not be in every event.
        detail: { session: session.id, ...(amr.length > 1 && { amr: amr.join(' ') }) }
      })
      const checked = {
        passwordHash: user.passwordHash,
        secondFactorAt: user.secondFactorAt,
        use,
        registeredClient: client.registered,
        prefix: asks.prefix,
        attempt: attempts.flatMap(({ stored }) => stored),
        most: config.maxSessionsPerUser
      }
      const started = await store.insertLogin(session, checked, event, noticeOf(user, asks.isKnown))
      if (!started) return undefined
      for (const { giveBackInMemory } of attempts) giveBackInMemory()
      onLogin()
      return started
    },

    /**
     * Records that the user of a session has authenticated again, with the methods `amr` and the last of them at
     * `authTime`. Uses up the code that allows it. Resolves to `undefined` when the code was used or the session has
     * ended.
     */
    stepUp(
      session: SessionRow,
      { amr, ...proof }: { amr: string[]; authTime: Date; spent: SpentRow },
      ip: string | null
    ): Promise<SessionRow | undefined> {
      const all = [...new Set([...authenticationOf(session).amr, ...amr])]
      const { detail, ...event } = ofToken(session, 'session.stepped_up', ip)
      return store.stepUp(
        session,
        { ...proof, amr: all, now: now() },
        { ...event, detail: { ...detail, amr: amr.join(' ') } }
      )
    },

    /**
     * Starts the session of a client that acts for itself, for the lifetime of one access token. Throws
     * `invalid_client` when the client has been disabled, deleted or changed since it was authenticated.
     */
    async startForClient(client: Client, scope: string[], device: Device): Promise<SessionRow> {
      const session = newSession(client, scope, device, clientTtl)
      const event = auditEvents.event('login.succeeded', {
        actor: client.id,
        subject: client.id,
        clientId: client.id,
        ip: device.ip
      })
      // The built-in client does not have this grant.
      const started = await store.insert(session, event, client.registered as ClientRow)
      if (!started) throw unknownClient()
      onLogin()
      return started
    },

    /**
     * The live session that a refresh token of `client` names, and the session's user (RFC 6749 §6). Throws
     * `invalid_grant`.
     */
    async ofRefreshToken(
      { sessionId }: RefreshTokenName,
      client: Client
    ): Promise<{ session: SessionRow; user: UserRow }> {
      const found = await store.withUser(sessionId)
      if (!found?.user || found.user.disabled || found.session.clientId !== client.id) throw invalidRefreshToken()
      if (!isLive(found, now())) throw invalidRefreshToken()
      return { session: found.session, user: found.user }
    },

    /**
     * Moves the session past the refresh token's `counter`. A refresh is only recorded when it comes from another
     * address prefix than the last. Resolves to `undefined` when the session was rotated, ended or deleted since it was
     * read.
     */
    rotate(session: SessionRow, { counter }: RefreshTokenName, ip: string | null): Promise<SessionRow | undefined> {
      const at = now()
      // Never earlier than before, even if the clock was set back.
      const idleExpiresAt = earlier(later(after(at, config.refreshTokenTtl), session.idleExpiresAt), session.expiresAt)
      const hasMoved = ip !== session.lastIp && addressPrefix(ip) !== addressPrefix(session.lastIp)
      const event = hasMoved ? ofToken(session, 'token.refreshed', ip) : undefined
      return store.rotate(session, { counter: counter + 1, now: at, rotatedAt: sharedNow(), idleExpiresAt, ip }, event)
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
        if (session.retriedCounter !== session.counter)
          await store.recordRetry(session, ofToken(session, 'token.retried', ip))
        return session
      }
      if (use === 'replay') {
        const reuse = ended(session, 'refresh token reuse', { actor: null, ip }, 'token.reuse_detected')
        await store.end({ id: session.id }, now(), reuse)
      }
      throw invalidRefreshToken()
    },

    /** The live session `id` of `client`, if there is one. */
    async ofClient(id: string, client: Client): Promise<SessionRow | undefined> {
      const found = await store.withUser(id)
      return found && found.session.clientId === client.id && isLive(found, now()) ? found.session : undefined
    },

    /** The session `id` and its user, in any state. */
    find: (id: string) => store.withUser(id),

    /** A user's live sessions, newest login first. */
    ofUser: (userId: string) => store.ofUser(userId, now()),

    /**
     * Ends a session (RFC 7009). The actor is the user unless `by` names another. A session that has already ended does
     * not change.
     */
    async end(session: SessionRow, reason: string, by: Origin) {
      await store.end({ id: session.id }, now(), ended(session, reason, by))
    },

    /**
     * Ends the session `id` of this user. The actor is the user unless `by` names another. Throws 404 when the user has
     * no such live session.
     */
    async endOne(userId: string, id: string, { reason = 'logout', ...by }: Origin & { reason?: string }) {
      const found = await store.withUser(id)
      const isOwn = found?.session.userId === userId && isLive(found, now())
      if (!isOwn || !(await store.end({ id, userId }, now(), ended(found.session, reason, by)))) {
        throw new Problem(404, 'This account has no session with this id.')
      }
    },

    /**
     * Ends every session of the user except `keep`. The actor is the user unless `by` names another. Resolves to the
     * number of sessions that ended.
     */
    endAll(
      userId: string,
      { keep, reason = 'logout everywhere', ...by }: Origin & { keep?: string | undefined; reason?: string } = {}
    ): Promise<number> {
      const event = auditEvents.event('session.ended', { actor: userId, ...by, subject: userId, detail: { reason } })
      return store.endAll(userId, keep, now(), event)
    },

    /**
     * Ends every session of every user and client, a thousand at a time, and records one event with their number.
     * Resolves to that number. When it fails, the event has the number of sessions that ended until then.
     */
    async endEvery(by: Origin): Promise<number> {
      let [count, after]: [number, string | undefined] = [0, undefined]
      try {
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

    /** The number of live sessions. */
    countLive: () => store.countLive(now()),

    /** Deletes sessions that ended before yesterday (UTC), until `stop` fires. Resolves to the number deleted. */
    prune: (stop?: AbortSignal) => store.prune(new Date(now().getTime() - keepEndedMs), stop)
  }
}

/** The error for every invalid refresh token, whatever the reason. */
export const invalidRefreshToken = () =>
  new OAuthError('invalid_grant', 'The refresh token is invalid, expired or revoked.')
