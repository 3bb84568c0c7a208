import { OAuthError } from '../../base/errors.ts'
import type { SessionRow, SessionStore } from '../../store/sessions.ts'
import type { SpentStore } from '../../store/spent.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { Proof } from '../../wire/dpop/proof.ts'
import { accountState } from '../account/account-state.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import { spentProof } from '../dpop/dpop.ts'
import type { ExtensionPoints } from '../extensions/extension-points.ts'
import { spentRow } from '../keys/sealed-tokens.ts'
import type { AuthorizationCode, AuthorizationCodes } from '../login/authorization-codes.ts'
import type { DecideScope } from '../login/login-scope.ts'
import { isProved } from '../login/pkce.ts'
import type { RequestContext } from '../request-context.ts'
import type { Resources } from '../resources.ts'
import { isBoundTo } from '../sessions/refresh.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { boundTo } from '../sessions/start.ts'
import type { Grant } from './grant.ts'

/** The authorization code grant (RFC 6749 §4.1.3), for codes of the authorization challenge endpoint. */
export function createAuthorizationCodeGrant(deps: {
  codes: AuthorizationCodes
  decideScope: DecideScope
  spent: SpentStore
  users: UserStore
  sessions: Sessions
  store: SessionStore
  resources: Resources
  extensions: ExtensionPoints
  auditEvents: AuditEvents
  now: () => Date
}): Grant {
  const { codes, decideScope, spent, users, sessions, store, resources, extensions, auditEvents, now } = deps

  /** Begins the session of the code, which keeps the scope `login`. `undefined` when the code was used. */
  function begin(
    code: AuthorizationCode,
    user: UserRow,
    client: Client,
    login: string[],
    context: RequestContext,
    dpop: Proof | undefined
  ) {
    const use = { spent: [spentRow(code), ...spentProof(dpop)], identity: code.identity }
    const proof = { amr: code.amr, use }
    const about = { id: code.sessionId, authTime: timeOf(code), jkt: dpop?.jkt }
    return sessions.startLogin(user, client, login, context, proof, about)
  }

  function stepUp(
    code: AuthorizationCode,
    session: SessionRow,
    client: Client,
    { ip }: RequestContext,
    dpop: Proof | undefined
  ) {
    const spent = [spentRow(code), ...spentProof(dpop)]
    const jkt = boundTo(client, dpop?.jkt ?? session.jkt)
    return sessions.stepUp(session, { amr: code.amr, authTime: timeOf(code), spent, jkt }, ip)
  }

  /** A code that was used twice may be stolen: the login that it began ends (RFC 6749 §4.1.2). */
  async function endReused(code: AuthorizationCode, ip: string | null): Promise<void> {
    if (!(await spent.has(code.id))) return
    const about = { subject: code.userId, clientId: code.clientId, ip, detail: { session: code.sessionId } }
    await store.end({ id: code.sessionId }, now(), auditEvents.event('code.reuse_detected', about))
  }

  return {
    requires: ['code'],
    async run(form, request, client, context) {
      const code = codes.open(String(form.code))
      if (!code || code.clientId !== client.id) throw invalidCode()
      if (code.jkt !== undefined && code.jkt !== request.dpop?.jkt)
        throw new OAuthError('invalid_grant', 'The code is bound to a key: send a proof with that key (RFC 9449 §10).')
      if (!isProved(code.codeChallenge, form.code_verifier))
        throw new OAuthError('invalid_grant', 'code_verifier does not match the code_challenge of the code.')
      if (request.resource !== undefined && code.resource !== undefined && request.resource !== code.resource)
        throw new OAuthError('invalid_target', 'resource is not the one that the code was issued for.')
      const target = request.resource === undefined ? resources.find(code.resource) : request.target
      const user = await users.byId(code.userId)
      if (!user || user.disabled || accountState(user) !== code.state) throw invalidCode()
      const raised = code.stepsUp ? await sessions.ofClient(code.sessionId, client) : undefined
      if (code.stepsUp && !(raised && isBoundTo(raised, request.dpop?.jkt))) throw invalidCode()
      const decided = decideScope({ asked: code.scope, kept: raised?.scope, user, client, target })
      const { login, scope, audience } = decided
      // Called before the session starts, so that a failed login leaves no session behind.
      const claims = await extensions.claims(user, client.id, scope)
      const session = await (raised
        ? stepUp(code, raised, client, context, request.dpop)
        : begin(code, user, client, login, context, request.dpop))
      if (!session) {
        await endReused(code, context.ip)
        throw invalidCode()
      }
      return { session, user, scope, audience, claims, isLogin: !raised }
    }
  }
}

const timeOf = ({ authTime }: AuthorizationCode) => new Date(authTime)

const invalidCode = () =>
  new OAuthError('invalid_grant', 'The authorization code is invalid, expired or was already used.')
