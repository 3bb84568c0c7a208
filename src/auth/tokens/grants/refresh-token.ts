import { type Dpop, spentProof } from '../../dpop/dpop.ts'
import type { ExtensionPoints } from '../../extensions/extension-points.ts'
import type { AuthSessions } from '../../login/auth-sessions.ts'
import type { InsufficientAuthorization } from '../../login/insufficient-authorization.ts'
import type { DecideScope } from '../../login/login-scope.ts'
import { noSecondFactor, parseStepUp, unmet } from '../../login/step-up.ts'
import type { SecondFactorPolicy } from '../../second-factor/policy.ts'
import { authenticationOf } from '../../sessions/authentication.ts'
import { invalidRefreshToken } from '../../sessions/refresh.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { boundTo } from '../../sessions/start.ts'
import type { Throttle } from '../../throttle/throttle.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import type { Grant } from './grant.ts'

/**
 * The refresh token grant (RFC 6749 §6). With `acr_values` or `max_age`, it can be refused until the user steps up.
 * `onRefresh` is called when a token was exchanged for a new one.
 */
export function createRefreshTokenGrant(deps: {
  sessions: Sessions
  refreshTokens: RefreshTokens
  decideScope: DecideScope
  policy: SecondFactorPolicy
  authSessions: AuthSessions
  insufficient: InsufficientAuthorization
  extensions: ExtensionPoints
  dpop: Pick<Dpop, 'spend'>
  throttle: Throttle
  now: () => Date
  onRefresh: () => void
}): Grant {
  const {
    sessions,
    refreshTokens,
    decideScope,
    policy,
    authSessions,
    insufficient,
    extensions,
    dpop: proofs,
    throttle,
    now,
    onRefresh
  } = deps

  return {
    requires: ['refresh_token'],
    async run(form, request, client, device) {
      const name = refreshTokens.decode(String(form.refresh_token))
      if (!name) throw invalidRefreshToken()
      const wanted = parseStepUp(form)
      const { dpop } = request
      const from = { jkt: dpop?.jkt, ip: device.ip }
      const found = await sessions.ofRefreshToken(name, client, from)
      // A thief without the key of a bound token does not get here, so cannot make the owner wait.
      await throttle.take('refresh', name.sessionId)
      const { user } = found
      // A counter ahead of the row was issued by this server, which has since lost its latest refreshes: decision 30.
      const isCurrent = name.counter >= found.session.counter
      // The use of an old token may end the login, so it is judged before anything is done with the token.
      const session = isCurrent ? found.session : await sessions.ofRetry(name, from)
      const { target } = request
      const { scope, audience } = decideScope({ asked: request.scope, kept: session.scope, user, client, target })
      const problem = unmet(session, wanted, now())
      if (problem !== undefined) {
        if (wanted.acr === 'aal2' && !policy.isEnrolled(user)) throw noSecondFactor()
        const content = {
          scope: request.scope,
          resource: request.resource,
          amr: [],
          sessionId: session.id,
          acr: wanted.acr,
          jkt: dpop?.jkt
        }
        const earlier = authenticationOf(session).amr
        throw insufficient(problem, authSessions.begin(client, user, content), 403, { earlier })
      }
      // Called before the rotation, so that the refresh token stays valid if this fails.
      const claims = await extensions.claims(user, client.id, scope)
      const rotation = { ip: device.ip, jkt: boundTo(client, dpop?.jkt ?? session.jkt), spent: spentProof(dpop) }
      const rotated = isCurrent ? await sessions.rotate(session, name, rotation) : undefined
      if (rotated) onRefresh()
      // Another refresh may have moved the counter at the same time.
      const current = rotated ?? (isCurrent ? await sessions.ofRetry(name, from) : session)
      if (!rotated && dpop) await proofs.spend(dpop)
      return { session: current, user, scope, audience, claims }
    }
  }
}
