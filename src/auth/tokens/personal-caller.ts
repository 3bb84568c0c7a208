import { OAuthError } from '../../base/errors.ts'
import { secondsOf } from '../../base/times.ts'
import type { UserRow } from '../../store/users.ts'
import type { DecideScope } from '../login/login-scope.ts'
import type { PersonalTokens } from '../personal-tokens/personal-tokens.ts'
import type { Resources } from '../resources.ts'
import { apiScopes } from '../scopes.ts'
import { type AccessTokenClaims, accessTokenClaims } from './access-token-claims.ts'

/** The claims of an access token that no client has got by a login. */
type Unissued = { [Name in 'client_id' | 'acr' | 'amr' | 'auth_time' | 'cnf']?: never }

/** The user whom a personal access token represents without an exchange, so for no client. */
export interface PersonalCaller {
  user: UserRow
  claims: Pick<
    AccessTokenClaims,
    'iss' | 'aud' | 'sub' | 'iat' | 'exp' | 'jti' | 'scope' | 'preferred_username' | 'sid'
  > &
    Unissued
  scopes: string[]
}

export type FindPersonalCaller = ReturnType<typeof createPersonalCaller>

/**
 * The caller that a personal access token represents, for `/introspect` and `/verify`, which take one without an
 * exchange: with the claims of an access token for it, but for no client. `ip` is the address of the script, if known.
 * `kept` are the scopes that count: those of APIs, unless this server itself is called.
 * `undefined` when the text is not a valid token, or when it could not be exchanged, because none of its scopes is left
 * or its resource is unknown.
 */
export const createPersonalCaller =
  (deps: {
    config: { issuer: string }
    personalTokens: Pick<PersonalTokens, 'present' | 'sessionOf'>
    decideScope: DecideScope
    resources: Resources
  }) =>
  async (text: string, ip: string | null, kept = apiScopes): Promise<PersonalCaller | undefined> => {
    const { config, personalTokens, decideScope, resources } = deps
    const found = await personalTokens.present(text, ip)
    if (!found) return undefined
    const { token, user } = found
    const decided = unlessRefused(() => {
      const target = resources.find(token.resource ?? undefined)
      return decideScope({
        asked: undefined,
        kept: kept(token.scopes),
        user,
        client: { scopes: undefined },
        target
      })
    })
    if (!decided) return undefined
    const times = { iat: secondsOf(token.createdAt), exp: secondsOf(token.expiresAt) }
    const about = { iss: config.issuer, jti: token.id, ...times }
    const { client_id: _, ...claims } = accessTokenClaims(
      personalTokens.sessionOf(token, ''),
      { user, ...decided },
      about
    )
    return { user, claims: claims as PersonalCaller['claims'], scopes: decided.scope }
  }

function unlessRefused<T>(decide: () => T): T | undefined {
  try {
    return decide()
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}
