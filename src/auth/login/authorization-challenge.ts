import type { ChallengeForm } from '../../../routes/authorize-challenge.ts'
import type { UserRow } from '../../store/users.ts'
import type { Proof } from '../../wire/dpop/proof.ts'
import { accountState } from '../account/account-state.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client, Clients } from '../clients/clients.ts'
import type { Dpop } from '../dpop/dpop.ts'
import type { LoginAttempt, LoginAttempts } from '../login-attempt.ts'
import type { RequestContext } from '../request-context.ts'
import type { Resources, Target } from '../resources.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import { authenticationOf } from '../sessions/authentication.ts'
import { type AuthSession, type AuthSessions, spentSeries } from './auth-sessions.ts'
import type { AuthorizationCodes } from './authorization-codes.ts'
import { assertMayUseCodes, assertResponseType, clientIdOf, codeChallengeOf, keyOf } from './challenge-request.ts'
import type { EmailCodes } from './email-codes.ts'
import type { InsufficientAuthorization } from './insufficient-authorization.ts'
import type { DecideScope } from './login-scope.ts'
import { assertCodeChallenge } from './pkce.ts'
import { noPassword, noSecondFactor, parseStepUp } from './step-up.ts'
import { type ChallengeSteps, invalidSession, type Missing, type Progress } from './steps.ts'
import { invalidLogin } from './user-login.ts'

/** A login at the endpoint: how far it is, and what its first request has asked for. */
interface Login extends Progress {
  client: Client
  ip: string | null
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
    return { ...progress, client, ip: context.ip, proof, requested, target: resources.find(requested.resource) }
  }

  /** Mails a code, and asks for it. */
  async function mailCode(form: ChallengeForm, login: Login, { locale }: RequestContext, attempt: LoginAttempt) {
    const { client, ip, authSession, requested } = login
    const { codeFor, ...series } = await emailCodes.request(form, authSession, { clientId: client.id, ip, locale })
    await attempt.proceed()
    const content = { ...requested, amr: [], codeFor }
    return insufficient(codeIsMailed, authSessions.begin(client, undefined, content, series))
  }

  /** Asks for the next factor. */
  async function askForMore({ description, more }: Missing, login: Login, attempt: LoginAttempt) {
    const { client, authSession, session, requested, user: former } = login
    await attempt.proceed()
    const codeFor = attempt.user ? undefined : authSession?.codeFor
    const content = { ...requested, amr: attempt.amr, codeFor }
    return insufficient(description, authSessions.begin(client, attempt.user ?? former, content, authSession), {
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
    const { amr } = attempt
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
  async function issue(login: Login, user: UserRow, attempt: LoginAttempt, scope: string | undefined): Promise<string> {
    const { client, session, requested, ip } = login
    const { identity, resource, codeChallenge, jkt } = requested
    const { amr } = attempt
    const sessionId = session?.id ?? newId()
    const detail = { session: sessionId, amr: amr.join(' ') }
    const event = auditEvents.event('code.issued', { subject: user.id, clientId: client.id, ip, detail })
    if (!(await attempt.proceed(event))) throw await attempt.fail(invalidSession(), 'changed meanwhile')
    const [clientId, userId, state] = [client.id, user.id, accountState(user)]
    const about = { sessionId, stepsUp: session !== undefined, authTime: now().getTime() }
    return codes.issue({ clientId, userId, state, amr, identity, scope, resource, codeChallenge, jkt, ...about })
  }

  return {
    /**
     * Handles an authorization challenge request. Throws `insufficient_authorization` with an auth session when more is
     * needed, `unmet_authentication_requirements`, `invalid_session`, and the errors of RFC 6749 §5.2. Every right
     * factor is recorded, even if the request is then refused.
     */
    async authorizeChallenge(form: ChallengeForm, context: RequestContext): Promise<{ authorization_code: string }> {
      const login = await resume(form, context)
      const { client, ip, proof, authSession, user: former } = login
      return attempts.run({ clientId: client.id, ip, proof }, async attempt => {
        if (form.factor !== undefined) throw await mailCode(form, login, context, attempt)
        if (authSession) attempt.continues(spentSeries(authSession), authSession)
        const missing = await steps.present(form, login, attempt, client, context)
        const { user } = attempt
        if (user && former && user.id !== former.id) throw await attempt.fail(invalidLogin(), 'another account')
        if (user && former && accountState(user) !== accountState(former))
          throw await attempt.fail(invalidSession(), 'changed meanwhile')
        if (missing) throw await askForMore(missing, login, attempt)
        const scope = await decide(login, user as UserRow, attempt)
        return { authorization_code: await issue(login, user as UserRow, attempt, scope) }
      })
    }
  }
}

const codeIsMailed =
  'If an account with this name has a verified e-mail address, a code is on its way. Send email_code.'
