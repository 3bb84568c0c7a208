import type { IdentityAndUser } from '../../store/identities.ts'
import type { SpentStore } from '../../store/spent.ts'
import type { AuditEvents } from '../audit-events.ts'
import { IdTokenRefusal } from '../identities/id-token-refusal.ts'
import type { IdTokens, VerifiedIdToken } from '../identities/id-tokens.ts'
import type { Identities } from '../identities/identities.ts'
import type { AuthSessions } from '../login/auth-sessions.ts'
import type { InsufficientAuthorization } from '../login/insufficient-authorization.ts'
import { type DecideScope, isScopeRefusal } from '../login/login-scope.ts'
import { missingCode } from '../login/missing-factor.ts'
import type { UserLogin } from '../login/user-login.ts'
import { isOfLimit } from '../login-attempt.ts'
import { type CodeForm, type FactorCodes, hasCode } from '../second-factor/codes.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { BeginLogin } from './begin-login.ts'
import type { Granted, TokenRequest } from './grant.ts'
import type { Exchange } from './token-exchange.ts'

/** The `subject_token_type` of an ID token (RFC 8693 §3). */
export const idTokenType = 'urn:ietf:params:oauth:token-type:id_token'

/** How often a login is tried while its account changes at the same time. */
const mostTries = 2

/**
 * Begins a login with an ID token, which it spends, as a refusal does. A new identity gets an account. A second factor
 * is asked for as after a password: in the request, or at the authorization challenge endpoint.
 */
export function createIdTokenExchange(deps: {
  config: { defaultScopes: string[] }
  idTokens: IdTokens
  identities: Identities
  userLogin: UserLogin
  factorCodes: FactorCodes
  policy: SecondFactorPolicy
  spent: SpentStore
  decideScope: DecideScope
  authSessions: AuthSessions
  insufficient: InsufficientAuthorization
  beginLogin: BeginLogin
  throttle: Throttle
  auditEvents: AuditEvents
}): Exchange {
  const { config, idTokens, identities, userLogin, factorCodes, policy, spent, decideScope } = deps
  const { authSessions, insufficient, beginLogin, throttle, auditEvents } = deps

  const failure = (reason: string, subject: string | null, { client, context }: TokenRequest) =>
    auditEvents.event('login.failed', { subject, clientId: client.id, ip: context.ip, detail: { reason } })

  /** The account of a token; a new one only for a scope that it would have. */
  async function accountOf(token: VerifiedIdToken, request: TokenRequest) {
    const known = await identities.find(token)
    if (known) return known
    const { client, context, scope, target } = request
    try {
      decideScope({ asked: scope, user: { scopes: config.defaultScopes, secondFactorAt: null }, client, target })
    } catch (error) {
      await throttle.failure('identity', context.ip, failure('scope', null, request))
      throw error
    }
    return identities.create(token, context)
  }

  /** Logs in. `undefined` when the account changes before the session starts. */
  async function logIn(
    token: VerifiedIdToken,
    { user, identity }: IdentityAndUser,
    form: CodeForm,
    request: TokenRequest
  ): Promise<Granted | undefined> {
    const { client, context, scope, resource, attempt } = request
    if (user.disabled)
      throw new IdTokenRefusal('This account is disabled.', { isSigned: true, reason: 'disabled', subject: user.id })
    const counts = await throttle.rightSignature(user.id, failure('id token', user.id, request))
    attempt.shows(user, { amr: ['fed'], use: { spent: [token.spent], counts, identity: identity.id } })
    if (!policy.isEnrolled(user)) return beginLogin(request, token.authTime)

    const about = { clientId: client.id, ip: context.ip }
    const code = hasCode(form) ? await userLogin.checkCode(user, form, about) : missingCode.afterOther
    if (typeof code === 'string') {
      const { amr, jkt } = attempt
      if (!(await attempt.proceed(auditEvents.event('login.challenged', { ...about, subject: user.id }))))
        return undefined
      throw insufficient(code, authSessions.begin(client, user, { amr, scope, resource, identity: identity.id, jkt }))
    }
    attempt.shows(user, { ...code, amr: [...code.amr, 'mfa'] })
    // The code is the last method.
    return beginLogin(request)
  }

  return async ({ subject_token, nonce, ...form }, request) => {
    factorCodes.assertForm(form)
    let token: VerifiedIdToken | undefined
    try {
      token = await idTokens.verify(String(subject_token), nonce)
      let subject: string | null = null
      for (let tries = 0; tries < mostTries; tries++) {
        await identities.assertUnused(token)
        const account = await accountOf(token, request)
        subject = account.user.id
        const granted = await logIn(token, account, form, request)
        if (granted) return granted
        await request.attempt.restart()
      }
      const reason = 'changed meanwhile'
      throw new IdTokenRefusal('The account has changed. Log in again.', { isSigned: true, reason, subject })
    } catch (error) {
      if (error instanceof IdTokenRefusal && error.isSigned)
        await throttle.failure('identity', request.context.ip, failure(error.reason, error.subject, request))
      if (token && (isRefusal(error) || (isOfLimit(error) && request.attempt.user))) await spent.add(token.spent)
      throw error
    }
  }
}

/** Whether the token was refused for its account or the scope. It may be sent again after a fault. */
const isRefusal = (error: unknown) => error instanceof IdTokenRefusal || isScopeRefusal(error)
