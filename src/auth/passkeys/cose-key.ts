import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'

/** The algorithms of passkeys in the order of our preference: ES256, EdDSA, RS256 (COSE, RFC 9053 §2, RFC 8812 §2). */
export const algorithms = [-7, -8, -257]

/** A COSE_Key (RFC 9052 §7). */
export type CoseKey = ReadonlyMap<number, unknown>

const bytes = (value: unknown, length?: number): string => {
  if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) throw new Error()
  return Buffer.from(value).toString('base64url')
}

/** The curves and forms of WebAuthn L3 §5.8.5: ES256 with an uncompressed point of P-256, EdDSA with Ed25519. */
function jwkOf(key: CoseKey): JsonWebKey | undefined {
  const [kty, alg, crv, x, y] = [1, 3, -1, -2, -3].map(label => key.get(label))
  if (alg === -7 && kty === 2 && crv === 1) return { kty: 'EC', crv: 'P-256', x: bytes(x, 32), y: bytes(y, 32) }
  if (alg === -8 && kty === 1 && crv === 6) return { kty: 'OKP', crv: 'Ed25519', x: bytes(x, 32) }
  if (alg === -257 && kty === 3) return { kty: 'RSA', n: bytes(crv), e: bytes(x) }
  return undefined
}

/** A modulus of 2048 bits or more (NIST SP 800-131A), and short enough that its use is fast. */
const isModerate = ({ asymmetricKeyDetails: { modulusLength = 2048, publicExponent = 65_537n } = {} }: KeyObject) =>
  modulusLength >= 2048 && modulusLength <= 4096 && publicExponent === 65_537n

/** Whether the key is a valid public key of one of `algorithms`. */
export function isUsableKey(key: CoseKey): boolean {
  try {
    const jwk = jwkOf(key)
    return jwk !== undefined && isModerate(createPublicKey({ key: jwk, format: 'jwk' }))
  } catch {
    return false
  }
}
