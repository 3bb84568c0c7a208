import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { sha256 } from '../../src/base/secrets.ts'
import type { Config } from '../../src/config/config.ts'
import { thumbprint } from '../../src/wire/jwk.ts'
import { createApp, createUser, password, postForm } from './app.ts'
import { createPkce } from './pkce.ts'

/** The parameter of a challenge that lists the algorithms (RFC 9449 §7.1). */
export const algs = 'algs="ES256 Ed25519 EdDSA RS256"'

/** The challenges for a request without a token, where tokens may be bound to a key (RFC 9449 §7.2). */
export const bothSchemes = `Bearer realm="sallyport", DPoP realm="sallyport", ${algs}`

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

/** The claims of a valid proof that a wrong use replaces. */
interface Replaced {
  htu: string
  iat: number
}

/** How a use of a bound access token that a resource refuses with 401 differs from a right one (RFC 9449 §4.3, §7.1). */
export interface WrongUse {
  name: string
  scheme?: 'Bearer'
  /** Another token, which is not bound. */
  isUnbound?: true
  proof?: 'none' | 'two' | 'of another key'
  claims?: (valid: Replaced) => object
  error: 'invalid_token' | 'invalid_dpop_proof' | 'use_dpop_nonce'
  description: RegExp
}

const isBound = 'The access token is bound to a key. Send it as DPoP.'
const isNot = 'The access token is not bound to a key. Send it as Bearer.'
const badProof = { error: 'invalid_dpop_proof' } as const

/** What every resource refuses, of this server and with the verifier. */
export const wrongUses: WrongUse[] = [
  { name: 'as Bearer', scheme: 'Bearer', error: 'invalid_token', description: RegExp(`^${isBound}$`) },
  { name: 'an unbound token', isUnbound: true, error: 'invalid_token', description: RegExp(`^${isNot}$`) },
  { name: 'no proof', proof: 'none', ...badProof, description: /^Send a proof/ },
  { name: 'two proofs', proof: 'two', ...badProof, description: /^Send one DPoP header/ },
  { name: 'another key', proof: 'of another key', error: 'invalid_token', description: /another key/ },
  { name: 'another method', claims: () => ({ htm: 'TRACE' }), ...badProof, description: /^The htm/ },
  { name: 'another path', claims: ({ htu }) => ({ htu: `${htu}/x` }), ...badProof, description: /^The htu/ },
  { name: 'a query', claims: ({ htu }) => ({ htu: `${htu}?a` }), ...badProof, description: /^The htu/ },
  {
    name: 'another host',
    claims: ({ htu }) => ({ htu: htu.replace(/\/\/[^/]+/, '//evil.example') }),
    ...badProof,
    description: /^The htu/
  },
  { name: 'another token', claims: () => ({ ath: sha256('another') }), ...badProof, description: /^The ath/ },
  { name: 'an old iat', claims: ({ iat }) => ({ iat: iat - 31 }), ...badProof, description: /^The iat/ },
  { name: 'an iat ahead', claims: ({ iat }) => ({ iat: iat + 31 }), ...badProof, description: /^The iat/ },
  { name: 'no jti', claims: () => ({ jti: undefined }), ...badProof, description: /^The jti/ }
]

/** The headers of a use of `token`, which is right without `use`; `claims` are those of a valid proof. */
export function headersOfUse(
  { signer, token, unbound, claims }: { signer: ProofSigner; token: string; unbound: string; claims: Replaced },
  use?: WrongUse
): Record<string, string> {
  const { prove } = use?.proof === 'of another key' ? createProofSigner() : signer
  const proof = prove({ ...claims, ...use?.claims?.(claims) })
  return {
    authorization: `${use?.scheme ?? 'DPoP'} ${use?.isUnbound ? unbound : token}`,
    ...(use?.proof !== 'none' && { dpop: use?.proof === 'two' ? `${proof}, ${proof}` : proof })
  }
}

type Form = Record<string, string>
const logIn = { grant_type: 'password', username: 'alice', password }

/** An app with alice, a key and a thief's key, and requests with the proofs of a key or, without one, without proof. */
export async function createDpopWorld(t: Test, settings: Partial<Config> = {}) {
  const made = await createApp(t, settings)
  const { app } = made
  await createUser(app, 'alice', ['me', 'introspect'])
  const { challenge, code_verifier } = createPkce()
  const post = (signer: ProofSigner | undefined, path: string, form: Form, headers: Form = {}) =>
    signer ? postProved(app, signer, path, form, headers) : postForm(app, path, form, headers)
  return {
    ...made,
    post,
    owner: createProofSigner(),
    thief: createProofSigner(),
    logIn: async (signer?: ProofSigner, form: Form = {}, headers: Form = {}) =>
      (await post(signer, '/token', { ...logIn, ...form }, headers)).json(),
    refresh: (signer: ProofSigner | undefined, refresh_token: string, form: Form = {}, headers: Form = {}) =>
      post(signer, '/token', { grant_type: 'refresh_token', refresh_token, ...form }, headers),
    begin: (signer: ProofSigner | undefined, form: Form = { username: 'alice', password }) =>
      post(signer, '/authorize-challenge', { response_type: 'code', ...challenge, ...form }),
    resume: (signer: ProofSigner | undefined, form: Form) =>
      post(signer, '/authorize-challenge', { ...challenge, ...form }),
    redeem: (signer: ProofSigner | undefined, code: string, form: Form = {}) =>
      post(signer, '/token', { grant_type: 'authorization_code', code, code_verifier, ...form }),
    events: async (action: string) =>
      (await app.audit.page({ limit: 100 })).items.filter(event => event.action === action)
  }
}

/** The status and the error of an OAuth endpoint's answer. */
export async function errorOf(answer: PromiseLike<{ statusCode: number; json(): { error?: string } }>) {
  const { statusCode, json } = await answer
  return [statusCode, json().error]
}
