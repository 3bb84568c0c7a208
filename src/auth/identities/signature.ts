import type { webcrypto } from 'node:crypto'
import { compactVerify, errors } from 'jose'
import { OAuthError } from '../../base/errors.ts'
import { createIssuerKeys, type OnAttempt } from '../../wire/issuer/issuer-keys.ts'
import { IssuerUnavailable } from '../../wire/issuer/issuer-unavailable.ts'
import { openidMetadataUrl } from '../../wire/issuer/server-metadata.ts'
import { objectOf, partsOf } from './id-token-parts.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'

/**
 * The algorithms of ID tokens. All are asymmetric, so a public key cannot be used as an HMAC secret (RFC 8725 §3.1).
 */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/** How long the keys of an issuer stay valid while it cannot be reached, after they are due for renewal (seconds). */
export const staleKeys = 3600

/**
 * Checks the header and the signature of a JWS in compact serialization. Rejects with an IdTokenRefusal, or with 503
 * `temporarily_unavailable` while the issuer's keys cannot be fetched.
 */
export type CheckSignature = (text: string) => Promise<void>

/** Checks signatures by the keys of one issuer, which its OpenID metadata names. */
export function createSignatureCheck(
  issuer: string,
  { now, onAttempt }: { now: () => Date; onAttempt: OnAttempt }
): CheckSignature {
  let reported: unknown
  const findKey = createIssuerKeys({ issuer, metadata: openidMetadataUrl(issuer), staleKeys, now }, failed => {
    reported = failed?.error
    onAttempt(failed)
  })
  const findStrongKey: typeof findKey = async (header, token) => assertStrong(await findKey(header, token))
  return async text => {
    assertHeader(objectOf(partsOf(text).header, 'header'))
    try {
      await compactVerify(text, findStrongKey, { algorithms })
    } catch (error) {
      if (error instanceof OAuthError) throw error
      throw error instanceof IssuerUnavailable ? keysUnavailable(error, reported) : new IdTokenRefusal(reasonOf(error))
    }
  }
}

function assertHeader({ alg, crit, typ }: Record<string, unknown>) {
  if (!algorithms.includes(alg as string))
    throw new IdTokenRefusal(`The alg of an ID token must be one of ${algorithms.join(', ')}.`)
  if (crit !== undefined)
    throw new IdTokenRefusal('The ID token has a critical header, which this server does not know.')
  // Other kinds of JWT have another type (RFC 8725 §3.11).
  if (typ !== undefined && !(typeof typ === 'string' && /^(application\/)?jwt$/i.test(typ)))
    throw new IdTokenRefusal('The typ of an ID token must be JWT.')
}

/** Refuses RSA keys below FIPS 186-5 §5.1. With the exponent 1, anyone could sign. */
function assertStrong<T>(key: T): T {
  const { modulusLength, publicExponent } = (key as webcrypto.CryptoKey)
    .algorithm as Partial<webcrypto.RsaHashedKeyAlgorithm>
  const exponent = publicExponent && BigInt(`0x${Buffer.from(publicExponent).toString('hex')}`)
  if (exponent !== undefined && (exponent < 65_537n || Number(modulusLength) < 2048))
    throw new IdTokenRefusal(
      'The RSA key of the ID token must have 2048 bits or more, and an exponent of 65537 or more.'
    )
  return key
}

/** Has no cause that was `reported`, so that it is not logged again for each token. */
const keysUnavailable = ({ headers, cause }: IssuerUnavailable, reported: unknown) =>
  new OAuthError('temporarily_unavailable', 'The keys of the issuer of the ID token cannot be fetched now.', {
    status: 503,
    headers,
    cause: cause === reported ? undefined : cause
  })

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWKSNoMatchingKey) return 'The issuer has no key for the kid and alg of the ID token.'
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'The issuer has several keys for the kid and alg of the ID token.'
  return 'The signature of the ID token is wrong.'
}
