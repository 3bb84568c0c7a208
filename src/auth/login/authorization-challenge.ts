import type { ChallengeForm } from '../../../routes/authorize-challenge.ts'
import { OAuthError } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { SecondFactorStore } from '../../store/second-factors.ts'
import type { UserRow } from '../../store/users.ts'
import type { Proof } from '../../wire/dpop/proof.ts'
import { accountState } from '../account/account-state.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client, Clients } from '../clients/clients.ts'
import { type Dpop, spentProof } from '../dpop/dpop.ts'
import type { RequestContext } from '../request-context.ts'
import type { Resources } from '../resources.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import { authenticationOf, withMethods } from '../sessions/authentication.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type AuthSession, type AuthSessions, spentSeries } from './auth-sessions.ts'
import type { AuthorizationCodes } from './authorization-codes.ts'
import type { EmailCodes } from './email-codes.ts'
import type { InsufficientAuthorization } from './insufficient-authorization.ts'
import type { DecideScope } from './login-scope.ts'
import { missingParameter } from './missing-parameter.ts'
import { assertCodeChallenge } from './pkce.ts'
import { noPassword, noSecondFactor, parseStepUp } from './step-up.ts'
import { type ChallengeSteps, invalidSession, type Progress } from './steps.ts'
import { invalidLogin } from './user-login.ts'

/**
 * The authorization challenge endpoint (draft-ietf-oauth-first-party-apps §4.1): from what a user presents to a code.
 */
export function createAuthorizationChallenge(deps: {
  clients: Clients
  steps: ChallengeSteps
  emailCodes: EmailCodes
  policy: SecondFactorPolicy
  factors: SecondFactorStore
  decideScope: DecideScope
  authSessions: AuthSessions
  codes: AuthorizationCodes
  insufficient: InsufficientAuthorization
  resources: Resources
  dpop: Pick<Dpop, 'isOn' | 'proofAt' | 'assertMayBeUnbound'>
  throttle: Throttle
  auditEvents: AuditEvents
  countLogin: (event: AuditEvent) => void
  record: (event: AuditEvent) => Promise<void>
  newId: () => string
  now: () => Date
}) {
  const {
    clients,
    steps,
    emailCodes,
    policy,
    factors,
    decideScope,
    authSessions,
    codes,
    insufficient,
    resources,
    throttle
  } = deps
  const { auditEvents, countLogin, record, newId, now, dpop: proofs } = deps

  /**
   * The client that the request names. An auth session names its client, which then has to authenticate (§4.1, §5.1).
   */
  const clientIdOf = ({ client_id }: ChallengeForm, { authorization }: RequestContext, authSession?: AuthSession) =>
    client_id === undefined && authorization === undefined ? authSession?.clientId : client_id

  /** The token and the class that the first request of the login has asked for, and its account elsewhere. */
  const requestedBy = (
    form: ChallengeForm,
    { authSession, session }: Progress,
    client: Client,
    key: ReturnType<typeof keyOf>
  ) => ({
    scope: authSession ? authSession.scope : form.scope,
    resource: authSession ? authSession.resource : form.resource,
    codeChallenge: codeChallengeOf(form, authSession, client),
    acr: authSession ? authSession.acr : parseStepUp(form).acr,
    ...key,
    identity: authSession?.identity,
    sessionId: session?.id
  })

  return {
    /**
     * Handles an authorization challenge request. Throws `insufficient_authorization` with an auth session when more is
     * needed, `unmet_authentication_requirements`, `invalid_session`, and the errors of RFC 6749 §5.2. Whatever is
     * right leaves an event, whatever the response is.
     */
    async authorizeChallenge(form: ChallengeForm, context: RequestContext): Promise<{ authorization_code: string }> {
      const opened = form.auth_session === undefined ? undefined : authSessions.open(form.auth_session)
      const client = await clients.authenticate({ ...form, client_id: clientIdOf(form, context, opened) }, context)
      assertMayUseCodes(client)
      assertResponseType(form)
      assertCodeChallenge(form)
      const progress: Progress = form.auth_session === undefined ? {} : await steps.resume(opened, client)
      const { authSession, session, user: former } = progress
      const dpop = await proofs.proofAt(context)
      const key = keyOf(proofs.isOn ? form : {}, authSession, dpop)
      if (key.jkt === undefined) proofs.assertMayBeUnbound(client)
      const requested = requestedBy(form, progress, client, key)
      const target = resources.find(requested.resource)

      if (form.factor !== undefined) {
        const { codeFor, ...series } = await emailCodes.request(form, authSession, {
          clientId: client.id,
          ip: context.ip,
          locale: context.locale
        })
        throw insufficient(
          codeIsMailed,
          authSessions.begin(client, undefined, { ...requested, amr: [], codeFor }, series),
          400
        )
      }
      const found = await steps.present(form, progress, client, context)
      const presented = found === 'unknown' ? undefined : found
      const amr = withMethods(authSession?.amr ?? [], presented?.amr ?? [])
      const codeFor = presented ? undefined : authSession?.codeFor
      const askForMore = (description: string, user: UserRow | undefined, more = {}) =>
        insufficient(description, authSessions.begin(client, user, { ...requested, amr, codeFor }, authSession), 400, {
          ...more,
          earlier: session && authenticationOf(session).amr
        })
      if (!presented)
        throw askForMore(nothingPresented(form), former, found === 'unknown' ? { passkey_unknown: true } : {})

      const { user, missing } = presented
      const { attempts = [], ...use } = presented.use
      // The proof is right, or its attempts are already given back.
      await throttle.giveBack(attempts)
      const about = { subject: user.id, clientId: client.id, ip: context.ip }
      const failure = (reason: string) => auditEvents.event('login.failed', { ...about, detail: { reason } })
      /** A right proof that leads to nothing, for a reason outside this request, is recorded and counts as a login. */
      const lose = async (reason: string, error: OAuthError): Promise<never> => {
        await record(failure(reason))
        await throttle.unfinishedLogin(use)
        throw error
      }
      if (former && user.id !== former.id) return lose('another account', invalidLogin())
      if (former && accountState(user) !== accountState(former)) return lose('changed meanwhile', invalidSession())
      if (missing !== undefined) throw askForMore(missing, user)

      const spent = [...(authSession ? [spentSeries(authSession)] : []), ...use.spent, ...spentProof(dpop)]
      // The refusal counts as a login and ends the auth session, so that what was presented cannot be presented without
      // end. It costs no recovery code.
      const refuse = async (error: unknown, reason: string): Promise<never> => {
        const { passkey, counts } = use
        const event = failure(reason)
        if (!(await factors.use(user, { spent, passkey, counts }, event)))
          return lose('changed meanwhile', invalidSession())
        countLogin(event)
        throw error
      }
      // An account that needs two factors, and has them, does not log in with less.
      const needsTwo = requested.acr === 'aal2' || (policy.isRequired(user) && policy.isEnrolled(user))
      if (needsTwo && !amr.includes('mfa'))
        return refuse(amr.includes('otp') ? noPassword() : noSecondFactor(), 'no second factor')
      let { scope } = requested
      try {
        const { login } = decideScope({ asked: scope, kept: session?.scope, user, client, target })
        // A new login keeps no more than this, even if the account gains scopes before the code is redeemed.
        if (!session) scope = login.join(' ')
      } catch (error) {
        return refuse(error, 'scope')
      }
      const sessionId = session?.id ?? newId()
      const event = auditEvents.event('code.issued', { ...about, detail: { session: sessionId, amr: amr.join(' ') } })
      if (!(await factors.use(user, { ...use, spent, identity: requested.identity }, event)))
        return lose('changed meanwhile', invalidSession())
      const authorization_code = codes.issue({
        clientId: client.id,
        userId: user.id,
        state: accountState(user),
        amr,
        identity: requested.identity,
        authTime: now().getTime(),
        sessionId,
        stepsUp: session !== undefined,
        scope,
        resource: requested.resource,
        codeChallenge: requested.codeChallenge,
        jkt: requested.jkt
      })
      return { authorization_code }
    }
  }
}

function assertMayUseCodes({ grants }: Client) {
  if (!grants.includes('authorization_code'))
    throw new OAuthError('unauthorized_client', 'This client may not use grant_type=authorization_code.')
}

function assertResponseType({ response_type, auth_session }: ChallengeForm) {
  if (response_type === undefined && auth_session === undefined) throw missingParameter('response_type', 'code')
  if (response_type !== undefined && response_type !== 'code')
    throw new OAuthError('unsupported_response_type', 'response_type must be code.')
}

/**
 * The challenge of this request or of an earlier one. Throws `invalid_request` for two, and for none where required.
 */
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

function nothingPresented({ passkey, email_code }: ChallengeForm) {
  if (email_code !== undefined)
    return 'The code is wrong, expired or was already used. Try again, or ask for a new one.'
  return passkey === undefined
    ? 'Send one of the factors.'
    : 'The passkey was refused. Try again, or use another factor.'
}
