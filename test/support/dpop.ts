import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { thumbprint } from '../../src/auth/keys/jwk.ts'
import { sha256 } from '../../src/auth/keys/secrets.ts'
import { postForm } from './app.ts'

/** The challenges for a request without a token, where tokens may be bound to a key (RFC 9449 §7.2). */
export const bothSchemes = 'Bearer realm="sallyport", DPoP realm="sallyport", algs="ES256 Ed25519 EdDSA RS256"'

/** A key that signs proofs, as a client holds it. */
export interface ProofSigner {
  jkt: string
  /** A proof with these claims, and with members of the header in place of the usual ones. */
  prove(claims: Record<string, unknown>, header?: Record<string, unknown>): string
}

const keys = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: () => generateKeyPairSync('ed25519'),
  Ed25519: () => generateKeyPairSync('ed25519')
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs proofs with a new key, or with this one. */
export function createProofSigner(
  alg: keyof typeof keys = 'ES256',
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } = keys[alg]()
): ProofSigner {
  const jwk = publicKey.export({ format: 'jwk' })
  const digest = alg === 'ES256' || alg === 'RS256' ? 'sha256' : null
  return {
    jkt: thumbprint(jwk),
    prove(claims, header = {}) {
      const input = `${base64url({ typ: 'dpop+jwt', alg, jwk, ...header })}.${base64url(claims)}`
      const signature = sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${input}.${signature.toString('base64url')}`
    }
  }
}

/** The nonce for the next proof. */
export const nonceOf = (app: Pick<FastifyInstance, 'dpop'>) => String(app.dpop.nonceHeaders()['DPoP-Nonce'])

/** The claims of a valid proof for a request to `app`; `path` is relative to the issuer. */
export const proofClaims = (
  app: FastifyInstance,
  [method, path]: [method: string, path: string],
  { issuer = 'https://auth.example.com', token }: { issuer?: string; token?: string } = {}
) => ({
  jti: randomUUID(),
  htm: method,
  htu: issuer + path,
  iat: Math.floor(app.clock.now().getTime() / 1000),
  nonce: nonceOf(app),
  ...(token !== undefined && { ath: sha256(token) })
})

/** Posts a form with a proof of `signer`. */
export const postProved = (
  app: FastifyInstance,
  signer: ProofSigner,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = {}
) => postForm(app, path, form, { dpop: signer.prove(proofClaims(app, ['POST', path])), ...headers })

/** The headers of a request with an access token that is bound to the key of `signer`. */
export const provedHeaders = (app: FastifyInstance, signer: ProofSigner, request: [string, string], token: string) => ({
  authorization: `DPoP ${token}`,
  dpop: signer.prove(proofClaims(app, request, { token }))
})
