import { OAuthError } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { IdentityAndUser } from '../../store/identities.ts'
import type { SecondFactorStore } from '../../store/second-factors.ts'
import type { SpentStore } from '../../store/spent.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import { IdTokenRefusal } from '../identities/id-token-refusal.ts'
import type { IdTokens, VerifiedIdToken } from '../identities/id-tokens.ts'
import type { Identities } from '../identities/identities.ts'
import type { AuthSessions } from '../login/auth-sessions.ts'
import type { InsufficientAuthorization } from '../login/insufficient-authorization.ts'
import type { DecideScope } from '../login/login-scope.ts'
import type { UserLogin } from '../login/user-login.ts'
import type { RequestContext } from '../request-context.ts'
import { type FactorCodes, hasCode, type PresentedCode } from '../second-factor/codes.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import type { LoginProof } from '../sessions/start.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { BeginLogin } from './begin-login.ts'
import type { Granted, TokenRequest } from './grant.ts'
import type { Exchange } from './token-exchange.ts'

/** The `subject_token_type` of an ID token (RFC 8693 §3). */
export const idTokenType = 'urn:ietf:params:oauth:token-type:id_token'

/** How often a login is tried while its account changes at the same time. */
const mostTries = 2

/**
 * Begins a login with an ID token, which it spends, as a refusal does. A new account elsewhere gets an account here. A
 * second factor is asked for as after a password: in the request, or at the authorization challenge endpoint.
 */
export function createIdTokenExchange(deps: {
  config: { defaultScopes: string[] }
  idTokens: IdTokens
  identities: Identities
  userLogin: UserLogin
  factorCodes: FactorCodes
  policy: SecondFactorPolicy
  factors: SecondFactorStore
  spent: SpentStore
  decideScope: DecideScope
  authSessions: AuthSessions
  insufficient: InsufficientAuthorization
  beginLogin: BeginLogin
  throttle: Throttle
  auditEvents: AuditEvents
  countLogin: (event: AuditEvent) => void
  record: (event: AuditEvent) => Promise<void>
}): Exchange {
  const { config, idTokens, identities, userLogin, factorCodes, policy, factors, spent: spentRows, decideScope } = deps
  const { authSessions, insufficient, beginLogin, throttle, auditEvents, countLogin, record } = deps

  /** The account of a token; a new one only for a scope that it would have. */
  async function accountOf(
    token: VerifiedIdToken,
    request: TokenRequest,
    client: Client,
    { ip, locale }: RequestContext
  ) {
    const known = await identities.find(token)
    if (known) return known
    try {
      const user = { scopes: config.defaultScopes, secondFactorAt: null }
      decideScope({ asked: request.scope, user, client, target: request.target })
    } catch (error) {
      const about = { clientId: client.id, ip, detail: { reason: 'scope' } }
      await throttle.failure('identity', ip, auditEvents.event('login.failed', about))
      throw error
    }
    return identities.create(token, { ip, locale })
  }

  /** Logs in. `undefined` when the account changes before the session starts. */
  async function logIn(
    token: VerifiedIdToken,
    { user, identity }: IdentityAndUser,
    form: PresentedCode,
    request: TokenRequest,
    client: Client,
    context: RequestContext
  ): Promise<Granted | undefined> {
    if (user.disabled)
      throw new IdTokenRefusal('This account is disabled.', { isSigned: true, reason: 'disabled', subject: user.id })
    const about = { subject: user.id, clientId: client.id, ip: context.ip }
    const failure = (reason: string) => auditEvents.event('login.failed', { ...about, detail: { reason } })
    const counts = await throttle.rightSignature(user.id, failure('id token'))
    let proof: LoginProof = { amr: ['fed'], use: { spent: [token.spent], counts, identity: identity.id } }
    let { authTime } = token

    if (policy.isEnrolled(user)) {
      const code = hasCode(form)
        ? await userLogin.checkCode(user, form, { clientId: client.id, ip: context.ip })
        : undefined
      if (typeof code !== 'object') {
        const event = auditEvents.event('login.challenged', about)
        if (!(await factors.use(user, proof.use, event))) return undefined
        countLogin(event)
        const { scope, resource, dpop } = request
        const login = { amr: proof.amr, scope, resource, identity: identity.id, jkt: dpop?.jkt }
        const session = authSessions.begin(client, user, login)
        throw insufficient(code ?? 'Send otp or recovery_code too.', session, 403)
      }
      const spent = [...proof.use.spent, ...code.use.spent]
      proof = { amr: [...proof.amr, ...code.amr, 'mfa'], use: { ...code.use, ...proof.use, spent } }
      // The code is the last method.
      authTime = undefined
    }
    // The token was right, so the refusal counts as a login.
    const refuse = async (error: unknown, reason: string): Promise<never> => {
      await throttle.unfinishedLogin({ counts, attempts: proof.use.attempts })
      await record(failure(reason))
      throw error
    }
    const granted = await beginLogin({ user, proof, authTime, refuse }, request, client, context)
    if (!granted) await throttle.unfinishedLogin({ attempts: proof.use.attempts })
    return granted
  }

  return async ({ subject_token, nonce, ...form }, request, client, context) => {
    factorCodes.assertForm(form)
    let token: VerifiedIdToken | undefined
    try {
      token = await idTokens.verify(String(subject_token), nonce)
      let subject: string | null = null
      for (let tries = 0; tries < mostTries; tries++) {
        await identities.assertUnused(token)
        const account = await accountOf(token, request, client, context)
        subject = account.user.id
        const granted = await logIn(token, account, form, request, client, context)
        if (granted) return granted
      }
      const reason = 'changed meanwhile'
      throw new IdTokenRefusal('The account has changed. Log in again.', { isSigned: true, reason, subject })
    } catch (error) {
      if (error instanceof IdTokenRefusal && error.isSigned) {
        const about = { subject: error.subject, clientId: client.id, ip: context.ip, detail: { reason: error.reason } }
        await throttle.failure('identity', context.ip, auditEvents.event('login.failed', about))
      }
      if (token && isRefusal(error)) await spentRows.add(token.spent)
      throw error
    }
  }
}

/** Whether the token was refused for its account or the scope. It may be sent again after a fault or a 429. */
const isRefusal = (error: unknown) =>
  error instanceof IdTokenRefusal || (error instanceof OAuthError && error.code === 'invalid_scope')
