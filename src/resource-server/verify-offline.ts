import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { IssuerUnavailable } from '../wire/issuer/issuer-unavailable.ts'
import { type CheckToken, readAccessToken } from './access-token.ts'
import { invalidToken, issuerUnavailable } from './bearer-error.ts'
import type { CheckedOptions } from './options.ts'

/**
 * The algorithms of Sallyport's keys. All are asymmetric, so a public key cannot be used as an HMAC secret (RFC 8725
 * §3.1).
 */
const algorithms = ['ES256', 'RS256', 'EdDSA', 'Ed25519']

/** Checks access tokens with the issuer's public keys; `findKey` selects the key of a token (RFC 9068 §4). */
export function createOfflineCheck(
  { issuer, audience, leeway, now }: CheckedOptions,
  findKey: JWTVerifyGetKey
): CheckToken {
  return async token => {
    const currentDate = now()
    const options = { algorithms, typ: 'at+jwt', currentDate, clockTolerance: leeway }
    const { payload } = await jwtVerify(token, findKey, options).catch(error => {
      if (error instanceof IssuerUnavailable) throw issuerUnavailable(error)
      throw error instanceof errors.JOSEError ? invalidToken(error) : error
    })
    return readAccessToken(payload, { issuer, audience, leeway, now: currentDate })
  }
}
