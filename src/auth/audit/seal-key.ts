import { createPrivateKey, createPublicKey } from 'node:crypto'
import { deriveKey } from '../../base/secrets.ts'
import type { SealKey } from '../../store/audit/seals.ts'
import { thumbprint } from '../../wire/jwk.ts'

/** The bytes before the 32 bytes of the seed in the PKCS #8 form of an Ed25519 key (RFC 8410 §7). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The Ed25519 key that signs the seals of the audit trail, derived from the secret. */
export function createSealKey(secret: string): SealKey {
  const der = Buffer.concat([pkcs8, deriveKey(secret, 'audit-seals')])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return { privateKey, publicKey: String(createPublicKey(privateKey).export({ format: 'jwk' }).x) }
}

/** The public key of a seal as a JWK (RFC 8037 §2). */
export function jwkOf(publicKey: string) {
  const key = { kty: 'OKP', crv: 'Ed25519', x: publicKey }
  return { ...key, kid: thumbprint(key), alg: 'EdDSA', use: 'sig' as const }
}
