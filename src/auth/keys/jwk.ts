import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import { thumbprint } from '../../wire/jwk.ts'

/**
 * The supported signature algorithms (RFC 7518 §3.1). RFC 9068 §2.1 requires support for RS256. `Ed25519` is the name
 * of RFC 9864 for what `EdDSA` (RFC 8037) is here.
 */
export const signingAlgs = ['ES256', 'RS256', 'EdDSA', 'Ed25519'] as const
export type SigningAlg = (typeof signingAlgs)[number]

/** A member of the JWKS (RFC 7517 §4). */
export type PublicJwk = JsonWebKey & { kty: string; kid: string; alg: string; use: 'sig' }

const generators: Record<SigningAlg, () => { publicKey: KeyObject; privateKey: KeyObject }> = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  Ed25519: () => generateKeyPairSync('ed25519')
}

/** Generates a key pair for `alg`. Its `kid` is its thumbprint. */
export function generateKey(alg: SigningAlg): { kid: string; publicJwk: JsonWebKey; privatePem: string } {
  const { publicKey, privateKey } = generators[alg]()
  const publicJwk = publicKey.export({ format: 'jwk' })
  const kid = thumbprint(publicJwk)
  // Commands take a `kid` as an argument, and a leading `-` would look like an option.
  if (kid.startsWith('-')) return generateKey(alg)
  return { kid, publicJwk, privatePem: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) }
}

/** A public key in PEM. */
export const publicPem = (jwk: JsonWebKey) =>
  String(createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
