import { OAuthError } from '../../../errors.ts'
import type { SessionStore } from '../../../store/sessions.ts'
import type { SpentStore } from '../../../store/spent.ts'
import type { UserRow, UserStore } from '../../../store/users.ts'
import type { AuditEvents } from '../../audit/audit-events.ts'
import { accountState } from '../../challenge/account-state.ts'
import type { AuthorizationCode, AuthorizationCodes } from '../../challenge/authorization-codes.ts'
import { isProved } from '../../challenge/pkce.ts'
import { spentRow } from '../../challenge/sealed-tokens.ts'
import type { Client } from '../../clients/clients.ts'
import type { ExtensionPoints } from '../../extensions/extension-points.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { Throttle } from '../../throttle/throttle.ts'
import type { Resources } from '../resources.ts'
import type { Grant, RequestContext } from './grant.ts'

/** The authorization code grant (RFC 6749 §4.1.3), for codes of the authorization challenge endpoint. */
export function createAuthorizationCodeGrant(deps: {
  codes: AuthorizationCodes
  spent: SpentStore
  users: UserStore
  sessions: Sessions
  store: SessionStore
  resources: Resources
  extensions: ExtensionPoints
  throttle: Throttle
  auditEvents: AuditEvents
  now: () => Date
}): Grant {
  const { codes, spent, users, sessions, store, resources, extensions, throttle, auditEvents, now } = deps

  /** The session that the code begins or raises; `undefined` when the code was used, or something has changed. */
  async function redeem(code: AuthorizationCode, user: UserRow, client: Client, context: RequestContext) {
    if (code.stepsUp) {
      const session = await sessions.ofClient(code.sessionId, client)
      return session && sessions.stepUp(session, code.amr, spentRow(code), context.ip)
    }
    const { asks } = await throttle.passwordBuckets({ userId: user.id }, context.ip)
    const proof = { amr: code.amr, use: { spent: [spentRow(code)] }, asks, attempts: [] }
    return sessions.startLogin(user, client, code.scope, context, proof, code.sessionId)
  }

  /** A code that was used twice may be stolen: the login that it began ends (RFC 6749 §4.1.2). */
  async function endReused(code: AuthorizationCode, ip: string | null): Promise<void> {
    if (!(await spent.has(code.id))) return
    const about = { subject: code.userId, clientId: code.clientId, ip, detail: { session: code.sessionId } }
    await store.end({ id: code.sessionId }, now(), auditEvents.event('code.reuse_detected', about))
  }

  return {
    requires: ['code'],
    async run(form, asked, client, context) {
      const code = codes.open(String(form.code))
      if (!code || code.clientId !== client.id) throw invalidCode()
      if (!isProved(code.codeChallenge, form.code_verifier))
        throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge of the code.')
      if (asked.resource !== undefined && code.resource !== undefined && asked.resource !== code.resource)
        throw new OAuthError('invalid_target', 'resource is not the one that the code was issued for.')
      const target = asked.resource === undefined ? resources.find(code.resource) : asked.target
      const scope = target.narrow(code.scope)
      const user = await users.byId(code.userId)
      if (!user || user.disabled || accountState(user) !== code.state) throw invalidCode()
      // Called before the session starts, so that a failed login leaves no session behind.
      const claims = await extensions.claims(user, client.id, scope)
      const session = await redeem(code, user, client, context)
      if (!session) {
        await endReused(code, context.ip)
        throw invalidCode()
      }
      return { session, user, scope, target, claims, isLogin: !code.stepsUp }
    }
  }
}

const invalidCode = () =>
  new OAuthError('invalid_grant', 'The authorization code is invalid, expired or was already used.')
