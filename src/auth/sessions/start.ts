import { after, earlier } from '../../base/times.ts'
import type { ClientRow } from '../../store/clients.ts'
import type { NewMail } from '../../store/mail.ts'
import type { NewSession, Raise, SessionRow, SessionStore } from '../../store/sessions.ts'
import type { SpentRow } from '../../store/spent.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents } from '../audit-events.ts'
import { type Client, unknownClient } from '../clients/clients.ts'
import type { ShownFactor } from '../login-attempt.ts'
import type { Mail } from '../mail/mail.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { withMethods } from './authentication.ts'
import { createSessionEvents } from './session-events.ts'

/** The device of a login. */
export interface Device {
  ip: string | null
  userAgent: string | null
}

const maxUserAgentLength = 256
/**
 * The logins of a user at a time: more than anyone's devices. A script that logs in again and again ends its oldest.
 */
export const mostSessions = 100

/** Starts sessions, and raises them. Times in `config` are seconds. */
export function createSessionStart(deps: {
  store: SessionStore
  throttle: Pick<Throttle, 'isKnown'>
  mail: Mail
  config: {
    sessionTtl: number
    refreshTokenTtl: number
    accessTokenTtl: number
    loginNotice: 'on' | 'off'
    smtpUrl?: string | undefined
  }
  auditEvents: AuditEvents
  /** Called when a user or a client has logged in. */
  onLogin: () => void
  newId: () => string
  now: () => Date
}) {
  const { store, throttle, mail, config, auditEvents, onLogin, newId, now } = deps
  const events = createSessionEvents(auditEvents)
  const loginTtl = { absolute: config.sessionTtl, idle: config.refreshTokenTtl }
  const clientTtl = { absolute: config.accessTokenTtl, idle: config.accessTokenTtl }

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
      authTime: null,
      jkt: null
    }
  }

  /** The session of a user who logs in now, with the methods `amr`. */
  function newLogin(user: UserRow, client: Client, scope: string[], device: Device, amr: string[]) {
    const session = newSession(client, scope, device, loginTtl)
    const clientEpoch = client.registered?.loginEpoch ?? null
    return { ...session, userId: user.id, clientEpoch, amr, authTime: session.createdAt }
  }

  /**
   * The session that replaces `former` without a new login: its methods are those of `former`, so it
   * ends when `former` would have.
   */
  function successor(former: SessionRow, user: UserRow, client: Client, device: Device) {
    const { authTime, expiresAt } = former
    const login = newLogin(user, client, former.scope, device, former.amr as string[])
    return { ...login, authTime, expiresAt, idleExpiresAt: earlier(login.idleExpiresAt, expiresAt), jkt: former.jkt }
  }

  /** The notice of a login from a prefix from which the user has not logged in before. The first login has none. */
  async function noticeOf(user: UserRow, ip: string | null): Promise<NewMail[]> {
    if (config.loginNotice === 'off' || !config.smtpUrl) return []
    const { id, email, emailVerified, lastLoginAt, locale } = user
    if (email === null || !emailVerified || lastLoginAt === null || (await throttle.isKnown(id, ip))) return []
    return [mail.newLogin(email, locale)]
  }

  return {
    successor,

    /**
     * Starts the session of a user, spends, counts and gives back everything in `use`, and notifies the user by mail if
     * the address prefix is new. Resolves to `undefined` when the user, password, second factors or client have changed or
     * all logins were ended since the login was checked, or when something that works once was used. An authorization
     * code has named the `id` of the session; factors from before have the time of the last one, never in the future.
     * The refresh tokens of a public client are bound to the key `jkt` (RFC 9449 §5).
     */
    async startLogin(
      user: UserRow,
      client: Client,
      scope: string[],
      device: Device,
      { amr, use }: ShownFactor,
      { id, authTime, jkt }: { id?: string; authTime?: Date | undefined; jkt?: string | undefined } = {}
    ): Promise<SessionRow | undefined> {
      const begun = newLogin(user, client, scope, device, amr)
      const session = {
        ...begun,
        id: id ?? begun.id,
        authTime: earlier(authTime ?? begun.authTime, begun.authTime),
        jkt: boundTo(client, jkt)
      }
      const event = auditEvents.event('login.succeeded', {
        actor: user.id,
        subject: user.id,
        clientId: client.id,
        ip: device.ip,
        // A password alone is the default, so it is left out.
        detail: { session: session.id, ...(amr.join(' ') !== 'pwd' && { amr: amr.join(' ') }) }
      })
      const checked = {
        passwordHash: user.passwordHash,
        secondFactorAt: user.secondFactorAt,
        loginEpoch: user.loginEpoch,
        use,
        registeredClient: client.registered,
        prefix: addressPrefix(device.ip),
        most: mostSessions
      }
      const started = await store.insertLogin(session, checked, event, await noticeOf(user, device.ip))
      if (started) onLogin()
      return started
    },

    /**
     * Records that the user of a session has authenticated again, with the methods `amr` and the last of them at
     * `authTime`, and binds its refresh tokens to the key `jkt`. Spends the code that allows it. Resolves to
     * `undefined` when the code was used or the session has ended.
     */
    stepUp(session: SessionRow, { amr, ...proof }: Raise, ip: string | null): Promise<SessionRow | undefined> {
      const all = withMethods(session.amr as string[], amr)
      const { detail, ...event } = events.used(session, 'session.stepped_up', ip)
      return store.stepUp(
        session,
        { ...proof, amr: all, now: now() },
        { ...event, detail: { ...detail, amr: amr.join(' ') } }
      )
    },

    /**
     * Starts the session of a client that acts for itself, for the lifetime of one access token, and spends `spent`.
     * Throws `invalid_client` when the client has been disabled, deleted or changed since it was authenticated, or a
     * row was spent.
     */
    async startForClient(client: Client, scope: string[], device: Device, spent: SpentRow[]): Promise<SessionRow> {
      const session = newSession(client, scope, device, clientTtl)
      const event = auditEvents.event('login.succeeded', {
        actor: client.id,
        subject: client.id,
        clientId: client.id,
        ip: device.ip
      })
      // The built-in client does not have this grant.
      const started = await store.insert(session, event, client.registered as ClientRow, spent)
      if (!started) throw unknownClient()
      onLogin()
      return started
    }
  }
}

/** The key that refresh tokens of the client are bound to. Those of a confidential client are bound to its secret. */
export const boundTo = ({ confidential }: Client, jkt: string | null = null) => (confidential ? null : jkt)
