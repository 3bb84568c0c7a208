import { createPrivateKey, sign } from 'node:crypto'
import { digestOf } from '../../wire/jwk.ts'
import type { SigningKeys } from '../keys/keys.ts'

type Key = ReturnType<SigningKeys['signer']>

/**
 * Signs claims as access tokens: JWS in the compact serialization (RFC 7515 §7.1) of type `at+jwt` (RFC 9068 §2.1).
 * Keeps the last key parsed, because parsing the PEM takes several times as long as the signature.
 */
export function createJwtSigner(): (claims: object, key: Key) => string {
  let last: { kid: string; sign: (claims: object) => string } | undefined
  return (claims, key) => {
    if (last?.kid !== key.kid) last = { kid: key.kid, sign: signerOf(key) }
    return last.sign(claims)
  }
}

function signerOf({ kid, alg, privatePem }: Key) {
  const key = createPrivateKey(privatePem)
  const header = base64url(JSON.stringify({ alg, typ: 'at+jwt', kid }))
  const digest = digestOf(alg)

  return (claims: object) => {
    // ES256 has the two integers of the signature side by side (RFC 7518 §3.4).
    const input = `${header}.${base64url(JSON.stringify(claims))}`
    return `${input}.${sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
}

const base64url = (text: string) => Buffer.from(text).toString('base64url')
