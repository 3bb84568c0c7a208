import { OAuthError } from '../../base/errors.ts'
import type { SessionStore } from '../../store/sessions.ts'
import type { SpentStore } from '../../store/spent.ts'
import type { UserStore } from '../../store/users.ts'
import { accountState } from '../account/account-state.ts'
import type { AuditEvents } from '../audit-events.ts'
import { spentRow } from '../keys/sealed-tokens.ts'
import type { AuthorizationCode, AuthorizationCodes } from '../login/authorization-codes.ts'
import { isProved } from '../login/pkce.ts'
import type { Resources } from '../resources.ts'
import { isBoundTo } from '../sessions/refresh.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { boundTo } from '../sessions/start.ts'
import type { DecideAccess } from '../tokens/access.ts'
import type { Grant } from './grant.ts'

/** The authorization code grant (RFC 6749 §4.1.3), for codes of the authorization challenge endpoint. */
export function createAuthorizationCodeGrant(deps: {
  codes: AuthorizationCodes
  decideAccess: DecideAccess
  spent: SpentStore
  users: UserStore
  sessions: Sessions
  store: SessionStore
  resources: Resources
  auditEvents: AuditEvents
  now: () => Date
}): Grant {
  const { codes, decideAccess, spent, users, sessions, store, resources, auditEvents, now } = deps

  /** A code that was used twice may be stolen: the login that it began ends (RFC 6749 §4.1.2). */
  async function endReused(code: AuthorizationCode, ip: string | null): Promise<void> {
    if (!(await spent.has(spentRow('code', code).id))) return
    const about = { subject: code.userId, clientId: code.clientId, ip, detail: { session: code.sessionId } }
    await store.end({ id: code.sessionId }, now(), auditEvents.event('code.reuse_detected', about))
  }

  return {
    requires: ['code'],
    async run(form, { client, context, resource, target: requested, attempt, bindsTo }) {
      const code = codes.open(String(form.code))
      const { jkt } = attempt
      if (!code || code.clientId !== client.id) throw invalidCode()
      if (code.jkt !== undefined && code.jkt !== jkt)
        throw new OAuthError('invalid_grant', 'The code is bound to a key: send a proof with that key (RFC 9449 §10).')
      if (!isProved(code.codeChallenge, form.code_verifier))
        throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge of the code.')
      if (resource !== undefined && code.resource !== undefined && resource !== code.resource)
        throw new OAuthError('invalid_target', 'resource is not the one that the code was issued for.')
      const target = resource === undefined ? resources.find(code.resource) : requested
      const user = await users.byId(code.userId)
      if (!user || user.disabled || accountState(user) !== code.state) throw invalidCode()
      const raised = code.stepsUp ? await sessions.ofClient(code.sessionId, client) : undefined
      if (code.stepsUp && !(raised && isBoundTo(raised, jkt))) throw invalidCode()
      const access = await decideAccess({ asked: code.scope, kept: raised?.scope, user, client, target })
      const authTime = new Date(code.authTime)
      attempt.continues(spentRow('code', code), code)
      const { amr } = attempt
      const session = await attempt.complete(use =>
        raised
          ? sessions.stepUp(raised, { spent: use.spent, amr, authTime, jkt: boundTo(client, bindsTo) }, context.ip)
          : sessions.startLogin(
              user,
              client,
              access.login,
              context,
              { amr, use },
              { id: code.sessionId, authTime, jkt: bindsTo }
            )
      )
      if (!session) {
        await endReused(code, context.ip)
        throw invalidCode()
      }
      return { session, user, access, isLogin: !raised }
    }
  }
}

const invalidCode = () =>
  new OAuthError('invalid_grant', 'The authorization code is invalid, expired or was already used.')
