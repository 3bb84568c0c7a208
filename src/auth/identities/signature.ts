import { compactVerify, errors } from 'jose'
import { OAuthError } from '../../errors.ts'
import { BearerError } from '../../resource-server/bearer-error.ts'
import { createIssuerKeys } from '../../resource-server/issuer-keys.ts'
import { openidMetadataUrl } from '../../resource-server/server-metadata.ts'
import { IdTokenRefusal } from './id-token-refusal.ts'

/**
 * The algorithms of ID tokens. All are asymmetric, so a public key cannot be used as an HMAC secret (RFC 8725 §3.1).
 */
export const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/** How long the keys of an issuer stay valid while it cannot be reached, after they are due for renewal (seconds). */
const staleKeys = 3600

/**
 * Checks a JWS in compact serialization. Rejects with an IdTokenRefusal, or with 503 `temporarily_unavailable` while
 * the keys of the issuer cannot be fetched.
 */
export type CheckSignature = (text: string) => Promise<void>

/** Checks signatures by the keys of one issuer, which its OpenID metadata names. `keepOn` is that of `createIssuerKeys`. */
export function createSignatureCheck(
  issuer: string,
  { now, keepOn }: { now: () => Date; keepOn: (error: unknown) => void }
): CheckSignature {
  const findKey = createIssuerKeys({ issuer, metadata: openidMetadataUrl(issuer), staleKeys, now }, keepOn)
  return async text => {
    try {
      await compactVerify(text, findKey, { algorithms })
    } catch (cause) {
      if (cause instanceof BearerError)
        throw new OAuthError(
          'temporarily_unavailable',
          'The keys of the issuer of the ID token cannot be fetched now.',
          {
            status: 503,
            headers: cause.headers,
            cause: cause.cause
          }
        )
      throw new IdTokenRefusal(reasonOf(cause), { cause })
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWKSNoMatchingKey) return 'The issuer has no key for the kid and alg of the ID token.'
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'The issuer has several keys for the kid and alg of the ID token.'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the ID token is wrong.'
  return 'The ID token cannot be verified with the key of its issuer.'
}
