import { OAuthError } from '../../../errors.ts'
import type { SessionRow } from '../../../store/sessions.ts'
import type { UserRow } from '../../../store/users.ts'
import type { AuthSessions } from '../../challenge/auth-sessions.ts'
import type { Client } from '../../clients/clients.ts'
import type { ExtensionPoints } from '../../extensions/extension-points.ts'
import { grantScope, parseScope } from '../../scopes.ts'
import { invalidRefreshToken, type Sessions } from '../../sessions/sessions.ts'
import type { Throttle } from '../../throttle/throttle.ts'
import type { Challenges } from '../challenges.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import { parseStepUp, unmet } from '../step-up.ts'
import type { Asked, Grant } from './grant.ts'

/**
 * The refresh token grant (RFC 6749 §6). With `acr_values` or `max_age`, it can be refused until the user steps up.
 * `onRefresh` is called when a token was exchanged for a new one.
 */
export function createRefreshTokenGrant(deps: {
  sessions: Sessions
  refreshTokens: RefreshTokens
  authSessions: AuthSessions
  challenge: Challenges
  extensions: ExtensionPoints
  throttle: Throttle
  now: () => Date
  onRefresh: () => void
}): Grant {
  const { sessions, refreshTokens, authSessions, challenge, extensions, throttle, now, onRefresh } = deps

  /** The result of a refresh: the scope of the login or a subset of it (RFC 6749 §6), and the claims. */
  async function grantAgain(session: SessionRow, user: UserRow, asked: Asked, client: Client) {
    if (asked.scope !== undefined && !parseScope(asked.scope).every(scope => session.scope.includes(scope))) {
      throw new OAuthError('invalid_scope', 'scope must not exceed the scope of the login.')
    }
    const scope = asked.target.narrow(grantScope(asked.scope, session.scope, user.scopes, client.scopes))
    return { scope, claims: await extensions.claims(user, client.id, scope) }
  }

  return {
    requires: ['refresh_token'],
    async run(form, asked, client, device) {
      const name = refreshTokens.decode(String(form.refresh_token))
      if (!name) throw invalidRefreshToken()
      const wanted = parseStepUp(form)
      throttle.refresh(name.sessionId)
      const { session, user } = await sessions.ofRefreshToken(name, client)
      const problem = unmet(session, wanted, now())
      if (problem !== undefined) {
        const { scope, resource } = asked
        const content = { amr: [], sessionId: session.id, acr: wanted.acr, scope, resource }
        throw challenge(problem, authSessions.begin(client, user, content), 403)
      }
      // A counter ahead of the row was issued by this server, which has since lost its latest refreshes: decision 30.
      if (name.counter >= session.counter) {
        // Called before the rotation, so that the refresh token stays valid if this fails.
        const granted = await grantAgain(session, user, asked, client)
        const rotated = await sessions.rotate(session, name, device.ip)
        if (rotated) {
          onRefresh()
          return { session: rotated, user, ...granted }
        }
      }
      const current = await sessions.ofRetry(name, device.ip)
      return { session: current, user, ...(await grantAgain(current, user, asked, client)) }
    }
  }
}
