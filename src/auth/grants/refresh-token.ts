import type { AuthSessions } from '../login/auth-sessions.ts'
import type { InsufficientAuthorization } from '../login/insufficient-authorization.ts'
import { noSecondFactor, parseStepUp, unmet } from '../login/step-up.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import { authenticationOf } from '../sessions/authentication.ts'
import { invalidRefreshToken } from '../sessions/refresh.ts'
import type { RefreshTokens } from '../sessions/refresh-tokens.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { boundTo } from '../sessions/start.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { DecideAccess } from '../tokens/access.ts'
import type { Grant } from './grant.ts'

/**
 * The refresh token grant (RFC 6749 §6). With `acr_values` or `max_age`, it can be refused until the user steps up.
 * `onRefresh` is called when a token was exchanged for a new one.
 */
export function createRefreshTokenGrant(deps: {
  sessions: Sessions
  refreshTokens: RefreshTokens
  decideAccess: DecideAccess
  policy: SecondFactorPolicy
  authSessions: AuthSessions
  insufficient: InsufficientAuthorization
  throttle: Throttle
  now: () => Date
  onRefresh: () => void
}): Grant {
  const { sessions, refreshTokens, decideAccess, policy, authSessions, insufficient, throttle, now, onRefresh } = deps

  return {
    requires: ['refresh_token'],
    async run(form, { client, context, scope, resource, target, attempt, bindsTo }) {
      const name = refreshTokens.decode(String(form.refresh_token))
      if (!name) throw invalidRefreshToken()
      const wanted = parseStepUp(form)
      const { jkt } = attempt
      const from = { jkt, ip: context.ip }
      const found = await sessions.ofRefreshToken(name, client, from)
      // A thief without the key of a bound token does not get here, so cannot make the owner wait.
      await throttle.take('refresh', name.sessionId)
      const { user } = found
      // The server issued a counter ahead of the row, and has since lost its latest refreshes:
      // docs/design/tokens.md#a-refresh-token-may-be-ahead-of-its-session
      const isCurrent = name.counter >= found.session.counter
      // The use of an old token may end the login, so it is judged before anything is done with the token.
      const session = isCurrent ? found.session : await sessions.ofRetry(name, from)
      const access = await decideAccess({ asked: scope, kept: session.scope, user, client, target })
      const problem = unmet(session, wanted, now())
      if (problem !== undefined) {
        if (wanted.acr === 'aal2' && !policy.isEnrolled(user)) throw noSecondFactor()
        const content = { scope, resource, amr: [], sessionId: session.id, acr: wanted.acr, jkt }
        const earlier = authenticationOf(session).amr
        await attempt.proceed()
        throw insufficient(problem, authSessions.begin(client, user, content), { earlier })
      }
      const key = boundTo(client, bindsTo ?? session.jkt)
      const rotated = isCurrent
        ? await attempt.complete(({ spent }) => sessions.rotate(session, name, { ip: context.ip, jkt: key, spent }))
        : undefined
      if (rotated) {
        onRefresh()
        return { session: rotated, user, access }
      }
      // Another refresh may have moved the counter at the same time.
      const current = isCurrent ? await sessions.ofRetry(name, from) : session
      await attempt.completeUnwritten()
      return { session: current, user, access }
    }
  }
}
