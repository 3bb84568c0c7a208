import { OAuthError } from '../../base/errors.ts'
import type { PersonalTokens } from '../personal-tokens/personal-tokens.ts'
import type { Resources } from '../resources.ts'
import { apiScopes } from '../scopes.ts'
import type { DecideAccess } from '../tokens/access.ts'
import type { Exchange } from './token-exchange.ts'

/** The `subject_token_type` of a personal access token. */
export const personalTokenType = 'urn:sallyport:token-type:personal-access-token'

/**
 * Exchanges a personal access token for an access token of a registered client, without a login: it has no `auth_time`
 * and no refresh token.
 */
export const createPersonalTokenExchange =
  ({
    personalTokens,
    decideAccess,
    resources
  }: {
    personalTokens: PersonalTokens
    decideAccess: DecideAccess
    resources: Resources
  }): Exchange =>
  async ({ subject_token }, request) => {
    const { client, context, attempt } = request
    if (!client.registered)
      throw new OAuthError('unauthorized_client', 'A personal access token needs a registered client: send client_id.')
    const found = await personalTokens.exchange(String(subject_token), context.ip)
    if (!found)
      throw new OAuthError('invalid_request', 'The personal access token is wrong, has expired or was deleted.')
    const { token, user } = found
    if (request.resource !== undefined && token.resource !== null && request.resource !== token.resource)
      throw new OAuthError('invalid_target', 'resource is not the one that the personal access token is for.')
    const target = token.resource === null ? request.target : resources.find(token.resource)
    const kept = apiScopes(token.scopes)
    const access = await decideAccess({ asked: request.scope, kept, user, client, target })
    await attempt.completeUnwritten()
    return { session: personalTokens.sessionOf(token, client.id), user, access }
  }
