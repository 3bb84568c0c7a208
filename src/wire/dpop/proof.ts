import { type KeyObject, verify } from 'node:crypto'
import { sha256 } from '../../base/secrets.ts'
import { createVerifiedCache } from '../../base/verified-cache.ts'
import { dpopAlgs } from '../dpop-algs.ts'
import { digestOf } from '../jwk.ts'
import { bytesIn, jwsParts, objectIn } from '../jws-parts.ts'
import { DpopRefusal } from './dpop-refusal.ts'
import { sameUrl, withoutQuery } from './htu.ts'
import type { Nonces } from './nonces.ts'
import { type DpopAlg, type ProofKey, proofKeyIn } from './proof-key.ts'

/** The longest proof in characters, which are ASCII. One with an RSA key of 4096 bits has about 1,800. */
const mostCharacters = 4096
/** The most bytes of keys that are remembered. */
export const mostKeyBytes = 2 * 2 ** 20
/** How far the `iat` of a proof may be from the server's clock, in seconds. */
export const windowSeconds = 30

/** The request that a proof is for. */
export interface ProofRequest {
  /** The `DPoP` header, if there is one. Node.js joins two with a comma. */
  dpop: string | undefined
  method: string
  /** The public URL; a query is ignored. */
  url: string
}

/** The access token that comes with a proof, and the thumbprint of the key that it is bound to. */
export interface BoundToken {
  token: string
  jkt: string
}

/** A proof that was checked. */
export interface Proof {
  /** The thumbprint of its key (RFC 7638). */
  jkt: string
  /** A hash of its key and `jti`: no other proof has it. */
  id: string
  /** When the proof stops being accepted. */
  expiresAt: Date
}

/**
 * Reads DPoP proofs (RFC 9449 §4.3). A proof needs a nonce of `nonces`, if there are any. Throws a DpopRefusal. Checks
 * everything else before the signature, which takes most of the time, and in this thread: in libuv's pool, it would
 * wait behind the password hashes.
 */
export function createProofReader({ now, nonces }: { now: () => Date; nonces: Nonces | undefined }) {
  // A client sends the same header with each proof, so it is read once. It chooses all of it.
  const keys = createVerifiedCache<ProofKey>(mostKeyBytes, { keyLength: mostCharacters })

  return ({ dpop, method, url }: ProofRequest, bound?: BoundToken): Proof => {
    if (dpop === undefined) throw new DpopRefusal('Send a proof in the header DPoP.')
    if (dpop.includes(',')) throw new DpopRefusal('Send one DPoP header.')
    if (dpop.length > mostCharacters) throw new DpopRefusal(`The proof is longer than ${mostCharacters} characters.`)
    const parts = jwsParts(dpop)
    const signature = parts && bytesIn(parts.signature)
    if (!parts || !signature)
      throw new DpopRefusal('The proof must be a JWT: three parts in base64url, separated by dots.')
    const known = keys.get(parts.header)
    const proofKey = known ?? proofKeyIn(headerOf(part(parts.header, 'header')))
    const { alg, key, jkt } = proofKey
    if (bound && bound.jkt !== jkt) throw new DpopRefusal('The access token is bound to another key.', 'invalid_token')
    const claims = part(parts.payload, 'payload')
    const seconds = Math.floor(now().getTime() / 1000)
    const rules: [broken: boolean, rule: string][] = [
      [claims.htm !== method, `The htm of the proof must be ${method}.`],
      [!sameUrl(claims.htu, url), `The htu of the proof must be ${withoutQuery(url)}.`],
      [!isText(claims.jti, 256), 'The jti of the proof must be text of 1 to 256 characters.'],
      [
        !Number.isFinite(claims.iat) || Math.abs(Number(claims.iat) - seconds) > windowSeconds,
        `The iat of the proof must be within ${windowSeconds} seconds of the server's clock, which is at ${seconds}.`
      ],
      [
        bound !== undefined && claims.ath !== sha256(bound.token),
        'The ath of the proof must be the SHA-256 of the access token in base64url.'
      ]
    ]
    const [, rule] = rules.find(([broken]) => broken) ?? []
    if (rule !== undefined) throw new DpopRefusal(rule)
    if (nonces && !(typeof claims.nonce === 'string' && nonces.isValid(claims.nonce)))
      throw new DpopRefusal('The proof must have the nonce of the header DPoP-Nonce.', 'use_dpop_nonce')
    if (!isSigned(Buffer.from(`${parts.header}.${parts.payload}`), signature, { alg, key }))
      throw new DpopRefusal('The signature of the proof is wrong.')
    if (!known) keys.set(parts.header, proofKey)
    return {
      jkt,
      id: `dpop:${sha256(`${jkt} ${claims.jti}`)}`,
      expiresAt: new Date((Number(claims.iat) + windowSeconds) * 1000)
    }
  }
}

/** Whether `signature` is that of a JWS with the signing input `input` (RFC 7518 §3). */
export const isSigned = (input: Buffer, signature: Buffer, { alg, key }: { alg: DpopAlg; key: KeyObject }): boolean =>
  verify(digestOf(alg), input, { key, dsaEncoding: 'ieee-p1363' }, signature)

function part(text: string, name: 'header' | 'payload'): Record<string, unknown> {
  try {
    return objectIn(text)
  } catch (error) {
    throw new DpopRefusal(`The ${name} of the proof ${(error as Error).message}.`)
  }
}

function headerOf({ typ, alg, jwk, crit }: Record<string, unknown>) {
  if (typ !== 'dpop+jwt') throw new DpopRefusal('The typ of the proof must be dpop+jwt.')
  if (!isAlg(alg)) throw new DpopRefusal(`The alg of the proof must be one of ${dpopAlgs.join(', ')}.`)
  if (crit !== undefined) throw new DpopRefusal('The proof has a critical header, which this server does not know.')
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk))
    throw new DpopRefusal('The proof must have its public key as jwk in the header.')
  return { alg, jwk: jwk as Record<string, unknown> }
}

const isAlg = (alg: unknown): alg is DpopAlg => dpopAlgs.some(known => known === alg)

const isText = (value: unknown, most: number) => typeof value === 'string' && value !== '' && value.length <= most
