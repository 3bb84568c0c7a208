import type { ChallengeForm } from '../../../routes/authorize-challenge.ts'
import { OAuthError } from '../../errors.ts'
import type { SecondFactorStore } from '../../store/second-factors.ts'
import { accountState } from '../challenge/account-state.ts'
import type { AuthSession, AuthSessions } from '../challenge/auth-sessions.ts'
import type { AuthorizationCodes } from '../challenge/authorization-codes.ts'
import { assertCodeChallenge } from '../challenge/pkce.ts'
import { spentRow } from '../challenge/sealed-tokens.ts'
import type { Client, Clients } from '../clients/clients.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type ChallengeSteps, invalidSession, type Progress } from './challenge-steps.ts'
import type { Challenges } from './challenges.ts'
import { missing } from './form.ts'
import type { RequestContext } from './grants/grant.ts'
import { grantToUser } from './login-scope.ts'
import type { Resources } from './resources.ts'
import { parseStepUp } from './step-up.ts'

/** The authorization challenge endpoint (draft-ietf-oauth-first-party-apps §4.1): from what a user shows to a code. */
export function createAuthorizationChallenge(deps: {
  clients: Clients
  steps: ChallengeSteps
  factors: SecondFactorStore
  policy: SecondFactorPolicy
  authSessions: AuthSessions
  codes: AuthorizationCodes
  challenge: Challenges
  resources: Resources
  throttle: Throttle
  newId: () => string
}) {
  const { clients, steps, factors, policy, authSessions, codes, challenge, resources, throttle, newId } = deps

  /**
   * The client that the request names. An auth session names its client, which then has to authenticate (§4.1, §5.1).
   */
  const clientIdOf = ({ client_id, auth_session }: ChallengeForm, { authorization }: RequestContext) =>
    client_id === undefined && authorization === undefined && auth_session !== undefined
      ? authSessions.open(auth_session)?.clientId
      : client_id

  return {
    /**
     * Handles an authorization challenge request. Throws `insufficient_authorization` with an auth session when more is
     * needed, `invalid_session`, and the errors of RFC 6749 §5.2.
     */
    async authorizeChallenge(form: ChallengeForm, context: RequestContext): Promise<{ authorization_code: string }> {
      const client = await clients.authenticate({ ...form, client_id: clientIdOf(form, context) }, context)
      assertMayUseCodes(client)
      assertResponseType(form)
      assertCodeChallenge(form)
      const progress: Progress = form.auth_session === undefined ? {} : await steps.resume(form.auth_session, client)
      const { open, session } = progress
      const asked = {
        scope: open?.scope ?? form.scope,
        resource: open?.resource ?? form.resource,
        codeChallenge: codeChallengeOf(form, open, client),
        acr: open?.acr ?? parseStepUp(form).acr,
        sessionId: session?.id
      }
      const target = resources.find(asked.resource)

      const shown = await steps.show(form, progress, client, context)
      const user = shown?.user ?? progress.user
      const amr = [...new Set([...(open?.amr ?? []), ...(shown?.amr ?? [])])]
      // Whatever was shown was right, or its attempt is not among these.
      for (const attempt of shown?.attempts ?? []) await throttle.giveBack(attempt)
      const hasEnough = asked.acr !== 'aal2' || amr.includes('mfa')
      const lacks = shown ? (shown.lacks ?? (hasEnough ? undefined : noSecondFactor)) : nothingShown(form)
      if (!shown || !user || lacks !== undefined)
        throw challenge(String(lacks), authSessions.begin(client, user, { ...asked, amr }), 400)

      const scope = session?.scope ?? grantToUser(policy, user, client, asked.scope)
      target.narrow(scope)
      const spends = [...(open ? [spentRow(open)] : []), ...shown.use.spent]
      if (spends.length > 0 && !(await factors.use({ ...shown.use, spent: spends }))) throw invalidSession()
      const { resource, codeChallenge } = asked
      const authorization_code = codes.issue({
        clientId: client.id,
        userId: user.id,
        state: accountState(user),
        amr,
        sessionId: session?.id ?? newId(),
        stepsUp: session !== undefined,
        scope,
        resource,
        codeChallenge
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
  if (response_type === undefined && auth_session === undefined) throw missing('response_type', 'code')
  if (response_type !== undefined && response_type !== 'code')
    throw new OAuthError('unsupported_response_type', 'response_type must be code.')
}

/**
 * The challenge of this request or of an earlier one. Throws `invalid_request` for two, and for none where required.
 */
function codeChallengeOf({ code_challenge }: ChallengeForm, open: AuthSession | undefined, client: Client) {
  const known = open?.codeChallenge
  if (known !== undefined && code_challenge !== undefined && known !== code_challenge)
    throw new OAuthError('invalid_request', 'code_challenge is not the one of the auth_session.')
  const codeChallenge = known ?? code_challenge
  if (!client.confidential && codeChallenge === undefined) throw missing('code_challenge', 'required of public clients')
  return codeChallenge
}

const noSecondFactor = 'This account has no second factor. Enrol one first.'

const nothingShown = ({ passkey }: ChallengeForm) =>
  passkey === undefined
    ? 'Send what the user shows: one of the factors.'
    : 'The passkey was refused. Try again, or use another factor.'
