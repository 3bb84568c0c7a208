import type { ChallengeForm } from '../../../routes/authorize-challenge.ts'
import { OAuthError } from '../../errors.ts'
import type { UserRow } from '../../store/users.ts'
import type { LoginAttempt, LoginAttempts } from '../attempts/login-attempt.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client, Clients } from '../clients/clients.ts'
import type { Dpop } from '../dpop/dpop.ts'
import type { Proof } from '../dpop/proof.ts'
import type { RequestContext } from '../request-context.ts'
import type { Resources, Target } from '../resources.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import { authenticationOf, withMethods } from '../sessions/authentication.ts'
import { accountState } from '../users/account-state.ts'
import { type AuthSession, type AuthSessions, spentSeries } from './auth-sessions.ts'
import type { AuthorizationCode, AuthorizationCodes } from './authorization-codes.ts'
import type { EmailCodes } from './email-codes.ts'
import type { InsufficientAuthorization } from './insufficient-authorization.ts'
import type { DecideScope } from './login-scope.ts'
import { missingParameter } from './missing-parameter.ts'
import { assertCodeChallenge } from './pkce.ts'
import { noPassword, noSecondFactor, parseStepUp } from './step-up.ts'
import { type ChallengeSteps, invalidSession, type Missing, type Progress } from './steps.ts'
import { invalidLogin } from './user-login.ts'

/** A login at the endpoint: how far it is, and what its first request has asked for. */
interface Login extends Progress {
  client: Client
  proof: Proof | undefined
  target: Target
  requested: Pick<AuthSession, 'scope' | 'resource' | 'codeChallenge' | 'acr' | 'identity' | 'sessionId'> &
    ReturnType<typeof keyOf>
}

/** The authorization challenge endpoint (draft-ietf-oauth-first-party-apps §4.1): from factors to a code. */
export function createAuthorizationChallenge(deps: {
  clients: Clients
  steps: ChallengeSteps
  emailCodes: EmailCodes
  policy: SecondFactorPolicy
  decideScope: DecideScope
  authSessions: AuthSessions
  codes: AuthorizationCodes
  insufficient: InsufficientAuthorization
  resources: Resources
  dpop: Pick<Dpop, 'isOn' | 'proofAt' | 'assertMayBeUnbound'>
  attempts: LoginAttempts
  auditEvents: AuditEvents
  newId: () => string
  now: () => Date
}) {
  const { clients, steps, emailCodes, policy, decideScope, authSessions, codes, insufficient, resources } = deps
  const { dpop, attempts, auditEvents, newId, now } = deps

  /** The client of a request, and the login that it begins or its auth session continues. */
  async function resume(form: ChallengeForm, context: RequestContext): Promise<Login> {
    const opened = form.auth_session === undefined ? undefined : authSessions.open(form.auth_session)
    const client = await clients.authenticate({ ...form, client_id: clientIdOf(form, context, opened) }, context)
    assertMayUseCodes(client)
    assertResponseType(form)
    assertCodeChallenge(form)
    const progress: Progress = form.auth_session === undefined ? {} : await steps.resume(opened, client)
    const { authSession, session } = progress
    const proof = await dpop.proofAt(context)
    const key = keyOf(dpop.isOn ? form : {}, authSession, proof)
    if (key.jkt === undefined) dpop.assertMayBeUnbound(client)
    const requested = {
      scope: authSession ? authSession.scope : form.scope,
      resource: authSession ? authSession.resource : form.resource,
      codeChallenge: codeChallengeOf(form, authSession, client),
      acr: authSession ? authSession.acr : parseStepUp(form).acr,
      ...key,
      identity: authSession?.identity,
      sessionId: session?.id
    }
    return { ...progress, client, proof, requested, target: resources.find(requested.resource) }
  }

  /** Mails a code, and asks for it. */
  async function mailCode(form: ChallengeForm, login: Login, { ip, locale }: RequestContext, attempt: LoginAttempt) {
    const { client, authSession, requested } = login
    const { codeFor, ...series } = await emailCodes.request(form, authSession, { clientId: client.id, ip, locale })
    await attempt.proceed()
    const content = { ...requested, amr: [], codeFor }
    return insufficient(codeIsMailed, authSessions.begin(client, undefined, content, series), 400)
  }

  /** Asks for the next factor. */
  async function askForMore({ description, more }: Missing, login: Login, attempt: LoginAttempt) {
    const { client, authSession, session, requested, user: former } = login
    await attempt.proceed()
    const content = {
      ...requested,
      amr: methodsOf(login, attempt),
      codeFor: attempt.user ? undefined : authSession?.codeFor
    }
    return insufficient(description, authSessions.begin(client, attempt.user ?? former, content, authSession), 400, {
      ...more,
      earlier: session && authenticationOf(session).amr
    })
  }

  /** Refuses factors that are right. The refusal ends the auth session, and counts as a login. */
  async function refuse(attempt: LoginAttempt, error: unknown, reason: string): Promise<never> {
    if (await attempt.refuse(reason)) throw error
    throw await attempt.fail(invalidSession(), 'changed meanwhile')
  }

  /** The scope to ask for with the code. Refuses a login that has too few factors, or would have no scope. */
  async function decide(login: Login, user: UserRow, attempt: LoginAttempt): Promise<string | undefined> {
    const { client, session, target, requested } = login
    const { scope, acr } = requested
    const amr = methodsOf(login, attempt)
    // An account that needs two factors, and has them, does not log in with less.
    const needsTwo = acr === 'aal2' || (policy.isRequired(user) && policy.isEnrolled(user))
    if (needsTwo && !amr.includes('mfa'))
      return refuse(attempt, amr.includes('otp') ? noPassword() : noSecondFactor(), 'no second factor')
    try {
      const { login: kept } = decideScope({ asked: scope, kept: session?.scope, user, client, target })
      // A new login keeps no more than this, even if the account gains scopes before the code is redeemed.
      return session ? scope : kept.join(' ')
    } catch (error) {
      return refuse(attempt, error, 'scope')
    }
  }

  /** Issues the code, which spends what was shown. */
  async function issue(
    login: Login,
    user: UserRow,
    attempt: LoginAttempt,
    { ip }: RequestContext,
    scope: string | undefined
  ): Promise<string> {
    const { client, session, requested } = login
    const { identity, resource, codeChallenge, jkt } = requested
    const amr = methodsOf(login, attempt)
    const sessionId = session?.id ?? newId()
    const detail = { session: sessionId, amr: amr.join(' ') }
    const event = auditEvents.event('code.issued', { subject: user.id, clientId: client.id, ip, detail })
    if (!(await attempt.proceed(event))) throw await attempt.fail(invalidSession(), 'changed meanwhile')
    const bound: Partial<AuthorizationCode> = { identity, resource, codeChallenge, jkt }
    return codes.issue({
      ...bound,
      clientId: client.id,
      userId: user.id,
      state: accountState(user),
      amr,
      authTime: now().getTime(),
      sessionId,
      stepsUp: session !== undefined,
      scope
    })
  }

  return {
    /**
     * Handles an authorization challenge request. Throws `insufficient_authorization` with an auth session when more is
     * needed, `unmet_authentication_requirements`, `invalid_session`, and the errors of RFC 6749 §5.2. Every right
     * factor is recorded, even if the request is then refused.
     */
    async authorizeChallenge(form: ChallengeForm, context: RequestContext): Promise<{ authorization_code: string }> {
      const login = await resume(form, context)
      const { client, proof, authSession, user: former } = login
      return attempts.run({ clientId: client.id, ip: context.ip, proof }, async attempt => {
        if (form.factor !== undefined) throw await mailCode(form, login, context, attempt)
        if (authSession) attempt.continues(spentSeries(authSession), authSession.identity)
        const missing = await steps.present(form, login, attempt, client, context)
        const { user } = attempt
        if (user && former && user.id !== former.id) throw await attempt.fail(invalidLogin(), 'another account')
        if (user && former && accountState(user) !== accountState(former))
          throw await attempt.fail(invalidSession(), 'changed meanwhile')
        if (!user || missing) throw await askForMore(missing as Missing, login, attempt)
        const scope = await decide(login, user, attempt)
        return { authorization_code: await issue(login, user, attempt, context, scope) }
      })
    }
  }
}

/** The methods of the login so far. */
const methodsOf = ({ authSession }: Login, attempt: LoginAttempt) => withMethods(authSession?.amr ?? [], attempt.amr)

/**
 * The client that the request names. An auth session names its client, which then has to authenticate (§4.1, §5.1).
 */
const clientIdOf = ({ client_id }: ChallengeForm, { authorization }: RequestContext, authSession?: AuthSession) =>
  client_id === undefined && authorization === undefined ? authSession?.clientId : client_id

function assertMayUseCodes({ grants }: Client) {
  if (!grants.includes('authorization_code'))
    throw new OAuthError('unauthorized_client', 'This client may not use grant_type=authorization_code.')
}

function assertResponseType({ response_type, auth_session }: ChallengeForm) {
  if (response_type === undefined && auth_session === undefined) throw missingParameter('response_type', 'code')
  if (response_type !== undefined && response_type !== 'code')
    throw new OAuthError('unsupported_response_type', 'response_type must be code.')
}

/** The PKCE challenge. Throws `invalid_request` if it changes, or is missing for a public client. */
function codeChallengeOf({ code_challenge }: ChallengeForm, authSession: AuthSession | undefined, client: Client) {
  const known = authSession?.codeChallenge
  if (known !== undefined && code_challenge !== undefined && known !== code_challenge)
    throw new OAuthError('invalid_request', 'code_challenge is not the one of the auth_session.')
  const codeChallenge = known ?? code_challenge
  if (!client.confidential && codeChallenge === undefined)
    throw missingParameter('code_challenge', 'required of public clients')
  return codeChallenge
}

/**
 * The key of the login: that of its proofs, or the one that `dpop_jkt` names (RFC 9449 §10). Throws `invalid_session`
 * for an auth session of another key, and for one that had a proof when this request has none.
 */
function keyOf({ dpop_jkt }: ChallengeForm, authSession: AuthSession | undefined, proof: Proof | undefined) {
  if (dpop_jkt !== undefined && !/^[\w-]{43}$/.test(dpop_jkt))
    throw new OAuthError('invalid_request', 'dpop_jkt must be the SHA-256 thumbprint of a JWK in base64url (RFC 7638).')
  if (dpop_jkt !== undefined && proof && proof.jkt !== dpop_jkt)
    throw new OAuthError('invalid_dpop_proof', 'The key of the proof is not that of dpop_jkt.')
  const jkt = proof?.jkt ?? dpop_jkt
  const isKeyOnlyNamed = proof === undefined && dpop_jkt !== undefined
  const former = authSession?.jkt === undefined ? undefined : authSession
  if (former && (former.jkt !== jkt || (isKeyOnlyNamed && !former.isKeyOnlyNamed))) throw invalidSession()
  return { jkt, isKeyOnlyNamed }
}

const codeIsMailed =
  'If an account with this name has a verified e-mail address, a code is on its way. Send email_code.'
