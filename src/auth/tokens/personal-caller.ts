import { OAuthError } from '../../errors.ts'
import type { DecideScope } from '../login/login-scope.ts'
import type { PersonalTokens } from '../personal-tokens/personal-tokens.ts'
import type { Resources } from '../resources.ts'
import { apiScopes } from '../scopes.ts'
import type { Caller } from './access-tokens.ts'

/** The caller of a valid personal access token, or `undefined`. */
export type PersonalCaller = ReturnType<typeof createPersonalCaller>

/**
 * The caller that a personal access token represents, for `/introspect` and `/verify`, which take one without an
 * exchange: with the claims of an access token for it, but for no client. `undefined` when the text is not a valid
 * token, or when it could not be exchanged, because none of its scopes is left or its resource is unknown.
 */
export const createPersonalCaller =
  (deps: {
    config: { issuer: string }
    personalTokens: Pick<PersonalTokens, 'present' | 'sessionOf'>
    decideScope: DecideScope
    resources: Resources
  }) =>
  async (text: string): Promise<Caller | undefined> => {
    const { config, personalTokens, decideScope, resources } = deps
    const found = await personalTokens.present(text)
    if (!found) return undefined
    const { token, user } = found
    const session = personalTokens.sessionOf(token, '')
    const decided = unlessRefused(() => {
      const target = resources.find(token.resource ?? undefined)
      return decideScope({
        asked: undefined,
        kept: apiScopes(token.scopes),
        user,
        client: { scopes: undefined },
        target
      })
    })
    if (!decided) return undefined
    const { scope: scopes, audience: aud } = decided
    const claims = {
      iss: config.issuer,
      aud,
      sub: user.id,
      client_id: session.clientId,
      iat: seconds(token.createdAt),
      exp: seconds(token.expiresAt),
      jti: token.id,
      scope: scopes.join(' '),
      preferred_username: user.username,
      sid: token.id
    }
    return { user, session, claims, scopes }
  }

const seconds = (time: Date) => Math.floor(time.getTime() / 1000)

function unlessRefused<T>(decide: () => T): T | undefined {
  try {
    return decide()
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}
