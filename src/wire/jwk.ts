import type { JsonWebKey } from 'node:crypto'
import { sha256 } from '../base/secrets.ts'

/** The JWK thumbprint (RFC 7638 §3): SHA-256 over the members that define the key, in alphabetical order. */
export function thumbprint({ crv, e, kty, n, x, y }: JsonWebKey): string {
  return sha256(JSON.stringify({ crv, e, kty, n, x, y }))
}

/** The digest for the `sign` and `verify` of node:crypto; `null` for Ed25519, which has its own (RFC 8037 §3.1). */
export const digestOf = (alg: string) => (alg === 'EdDSA' || alg === 'Ed25519' ? null : 'sha256')
