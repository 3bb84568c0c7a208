import type { TokenScheme } from './authenticate-header.ts'

// The sentences that refuse an access token, here and by an API with the verifier.

const example = (scheme: TokenScheme) => `Authorization: ${scheme} <token>.`

/** For a request without an access token. */
export const noToken = (scheme: TokenScheme) => `Send an access token: ${example(scheme)}`

/** For an `Authorization` header without a token of RFC 6750 §2.1. */
export const malformedHeader = (scheme: TokenScheme) =>
  `The Authorization header is malformed. Send: ${example(scheme)}`

/** For a token that nobody accepts. */
export const invalidToken = 'The access token is invalid, expired or revoked.'

/** For a valid token that another API accepts. */
export const otherAudience = (audience: string) => `The access token is not for ${audience}.`

/** For a token without this scope. */
export const lacksScope = (scope: string) => `The access token lacks the scope ${scope}.`
