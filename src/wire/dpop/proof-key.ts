import { type AsymmetricKeyDetails, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import type { dpopAlgs } from '../dpop-algs.ts'
import { thumbprint } from '../jwk.ts'
import { DpopRefusal } from './dpop-refusal.ts'

export type DpopAlg = (typeof dpopAlgs)[number]

/** The key of a proof, and its thumbprint (RFC 7638). */
export interface ProofKey {
  alg: DpopAlg
  key: KeyObject
  jkt: string
}

/** The public members of a key for each algorithm; `crv` is its one curve. */
const shapes: Record<DpopAlg, { kty: string; crv?: string; members: string[] }> = {
  ES256: { kty: 'EC', crv: 'P-256', members: ['x', 'y'] },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', members: ['x'] },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', members: ['x'] },
  RS256: { kty: 'RSA', members: ['n', 'e'] }
}

/** The members of a JWK that are not public (RFC 7518 §6). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * The key in the header of a proof. Throws a DpopRefusal for another algorithm, a private or symmetric key, another
 * curve, and an RSA key that is weak (FIPS 186-5 §5.1) or takes long to use.
 */
export function proofKeyIn({ alg, jwk }: { alg: DpopAlg; jwk: Record<string, unknown> }): ProofKey {
  if (privateMembers.some(name => jwk[name] !== undefined))
    throw new DpopRefusal('The jwk of the proof must not have the private part of the key.')
  const { kty, crv, members } = shapes[alg]
  if (jwk.kty !== kty || jwk.crv !== crv)
    throw new DpopRefusal(`The jwk of a proof with ${alg} must have the kty ${kty}${crv ? ` and the crv ${crv}` : ''}.`)
  const own: JsonWebKey = Object.fromEntries(
    Object.entries(jwk).filter(([name]) => ['kty', 'crv', ...members].includes(name))
  )
  try {
    const key = createPublicKey({ key: own, format: 'jwk' })
    const details = key.asymmetricKeyDetails as AsymmetricKeyDetails
    const { modulusLength = 2048, publicExponent = 65_537n } = details
    if (modulusLength < 2048 || modulusLength > 4096 || publicExponent < 65_537n || publicExponent >= 2n ** 32n)
      throw new DpopRefusal('The RSA key of a proof must have 2048 to 4096 bits and an exponent of at least 65537.')
    // Of the key as it was read: the text may have several forms of one number.
    return { alg, key, jkt: thumbprint(key.export({ format: 'jwk' })) }
  } catch (error) {
    if (error instanceof DpopRefusal) throw error
    throw new DpopRefusal('The jwk of the proof is not a valid key.')
  }
}
