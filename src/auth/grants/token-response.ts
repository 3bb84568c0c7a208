import type { TokenResponse } from '../../../routes/shapes.ts'
import type { NewSession } from '../../store/sessions.ts'
import type { Client } from '../clients/clients.ts'
import { enrolAudience } from '../scopes.ts'
import { refreshExpiration } from '../sessions/refresh-expiration.ts'
import type { RefreshTokens } from '../sessions/refresh-tokens.ts'
import type { TokenContent } from '../tokens/access-token-claims.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'

export type TokenResponses = ReturnType<typeof createTokenResponses>

/**
 * The token response (RFC 6749 §5.1) of a session: an access token with this content, and a refresh token if a user
 * has logged in and the client may refresh. A login that can only enrol a second factor is over after that.
 */
export const createTokenResponses =
  ({
    accessTokens,
    refreshTokens,
    now
  }: {
    accessTokens: AccessTokens
    refreshTokens: RefreshTokens
    now: () => Date
  }) =>
  (session: NewSession, client: Client, content: TokenContent): TokenResponse => {
    const { token, expiresIn } = accessTokens.issue(session, content)
    return {
      access_token: token,
      token_type: content.jkt === undefined ? 'Bearer' : 'DPoP',
      expires_in: expiresIn,
      ...(session.authTime !== null && client.grants.includes('refresh_token') && content.audience !== enrolAudience
        ? {
            refresh_token: refreshTokens.encode({
              sessionId: session.id,
              counter: session.counter,
              isBound: session.jkt !== null
            }),
            ...refreshExpiration(session, now())
          }
        : {}),
      scope: content.scope.join(' ')
    }
  }
