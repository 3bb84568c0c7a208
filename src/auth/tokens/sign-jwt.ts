import { createPrivateKey, sign } from 'node:crypto'
import type { SigningKeys } from '../keys/keys.ts'

/**
 * Signs claims as an access token: a JWS in the compact serialization (RFC 7515 §7.1) of type `at+jwt` (RFC 9068
 * §2.1).
 */
export type SignJwt = (claims: object) => string

/**
 * The signer for a key, which keeps the parsed key and the header, because to parse the PEM takes several times as long
 * as the signature.
 */
export function createJwtSigner({ kid, alg, privatePem }: ReturnType<SigningKeys['signer']>): SignJwt {
  const key = createPrivateKey(privatePem)
  const header = base64url(JSON.stringify({ alg, typ: 'at+jwt', kid }))
  // Ed25519 has its own digest (RFC 8037 §3.1). ES256 has the two integers of the signature side by side (RFC 7518
  // §3.4).
  const digest = alg === 'EdDSA' ? null : 'sha256'

  return claims => {
    const input = `${header}.${base64url(JSON.stringify(claims))}`
    return `${input}.${sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
}

const base64url = (text: string) => Buffer.from(text).toString('base64url')
