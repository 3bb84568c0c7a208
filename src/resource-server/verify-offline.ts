import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { type CheckToken, readAccessToken } from './access-token.ts'
import { invalidToken, issuerUnavailable } from './bearer-error.ts'
import type { CheckedOptions } from './options.ts'
import { createDiscovery } from './server-metadata.ts'

/** The algorithms of Sallyport's keys. All are asymmetric, so that no published key can serve as a secret (RFC 8725 §3.1). */
const algorithms = ['ES256', 'RS256', 'EdDSA']

/** How long keys are used without asking again (milliseconds): what `JWKS_MAX_AGE` allows unless it is set. */
const keysMaxAgeMs = 300_000

/**
 * Checks access tokens with the public keys of the issuer (RFC 9068 §4). An unknown `kid` makes it fetch the keys again,
 * at most once in 30 seconds.
 */
export function createOfflineCheck({ issuer, audience, leeway, now }: CheckedOptions): CheckToken {
  const remoteKeys = createDiscovery(issuer, 'jwks_uri', url =>
    createRemoteJWKSet(url, { cacheMaxAge: keysMaxAgeMs, cooldownDuration: 30_000, timeoutDuration: 5000 })
  )
  const findKey: JWTVerifyGetKey = async (header, token) => {
    try {
      const keys = await remoteKeys()
      return await keys(header, token)
    } catch (error) {
      throw isTokenFault(error) ? error : issuerUnavailable(error)
    }
  }

  return async token => {
    const currentDate = now()
    const options = { algorithms, typ: 'at+jwt', currentDate, clockTolerance: leeway }
    const { payload } = await jwtVerify(token, findKey, options).catch(error => {
      throw error instanceof errors.JOSEError ? invalidToken(error) : error
    })
    return readAccessToken(payload, { issuer, audience, leeway, now: currentDate })
  }
}

/** Whether the keys are there and the token names none of them; any other fault is the issuer's. */
const isTokenFault = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
