import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { EncryptJWT } from 'jose'

/** A part of a JWT. */
export const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** A JWT with the given `claims` and `header`, signed with ES256 by the key in PEM. */
function signJwt(header: object, claims: unknown, privatePem: string) {
  const signed = `${encode(header)}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(signed), { key: privatePem, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

/** The same, signed with the key of the issuer; its header names an access token, unless `header` overrides it. */
export function signAs(issuer: FastifyInstance, claims: unknown, header = {}) {
  const { kid, alg, privatePem } = issuer.keys.signer()
  return signJwt({ alg, kid, typ: 'at+jwt', ...header }, claims, privatePem)
}

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const strangersPem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
/** The public key of `signedByStranger`. */
export const strangersJwk = publicKey.export({ format: 'jwk' })

/** A JWT signed with ES256 by a key that no issuer has. */
export const signedByStranger = (claims: object, header: object) =>
  signJwt({ alg: 'ES256', typ: 'at+jwt', ...header }, claims, strangersPem)

/** A token signed with HMAC, for a server that would use a public key as its secret. */
export function hmac(claims: object, kid: string, secret: string) {
  const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

interface Forgery {
  name: string
  /** Changes to the claims of a valid token; `undefined` removes a claim. */
  claims?: object
  header?: object
  /** Creates a token from the claims in another way than with the issuer's key. */
  make?: (claims: object, issuer: FastifyInstance) => string | Promise<string>
  /** The verifier's message for it. */
  why: RegExp
}

/** Tokens that RFC 9068 §4 and RFC 8725 rule out, each for one reason; `now` is seconds since the epoch. */
const forgeries = (now: number): Forgery[] => [
  { name: 'another issuer', claims: { iss: 'https://login.example.com' }, why: /claim iss/ },
  { name: 'no issuer', claims: { iss: undefined }, why: /claim iss/ },
  { name: 'another audience', claims: { aud: 'https://other.example.com' }, why: /claim aud/ },
  { name: 'other audiences', claims: { aud: ['a', 'b'] }, why: /claim aud/ },
  { name: 'no audience', claims: { aud: undefined }, why: /claim aud/ },
  { name: 'expired', claims: { exp: now - 60 }, why: /"exp" claim timestamp/ },
  { name: 'no exp', claims: { exp: undefined }, why: /claim exp/ },
  { name: 'exp that is not a number', claims: { exp: 'tomorrow' }, why: /"exp" claim must be a number/ },
  { name: 'not yet valid', claims: { nbf: now + 60 }, why: /"nbf" claim timestamp/ },
  { name: 'from the future', claims: { iat: now + 60 }, why: /iat is in the future/ },
  { name: 'no iat', claims: { iat: undefined }, why: /claim iat/ },
  { name: 'no sub', claims: { sub: undefined }, why: /claim sub/ },
  { name: 'a sub that is not text', claims: { sub: 1 }, why: /claim sub/ },
  { name: 'no client_id', claims: { client_id: undefined }, why: /claim client_id/ },
  { name: 'no jti', claims: { jti: undefined }, why: /claim jti/ },
  { name: 'a JWT for another use', header: { typ: 'JWT' }, why: /"typ" JWT header/ },
  { name: 'no typ', header: { typ: undefined }, why: /"typ" JWT header/ },
  { name: 'a critical header', header: { crit: ['x'], x: 1 }, why: /"x" is not recognized/ },
  { name: 'an unknown kid', header: { kid: 'unknown' }, why: /no applicable key/ },
  { name: 'another algorithm than the key is for', header: { alg: 'RS256' }, why: /no applicable key/ },
  {
    name: "a stranger's key under the issuer's kid (RFC 8725 §3.10)",
    make: (claims, { keys }) => signedByStranger(claims, { kid: keys.signer().kid }),
    why: /signature verification failed/
  },
  {
    name: "a stranger's key that the token brings along",
    make: claims => signedByStranger(claims, { kid: 'own', jwk: strangersJwk }),
    why: /no applicable key/
  },
  {
    name: "a stranger's key at an address that the token names",
    make: claims => signedByStranger(claims, { kid: 'own', jku: 'http://127.0.0.1:1/jwks.json' }),
    why: /no applicable key/
  },
  {
    name: 'no signature (RFC 8725 §3.2)',
    make: (claims, { keys }) => `${encode({ alg: 'none', typ: 'at+jwt', kid: keys.signer().kid })}.${encode(claims)}.`,
    why: /"alg" \(Algorithm\) Header Parameter value not allowed/
  },
  {
    name: 'a public key as the secret of HMAC (RFC 8725 §2.1)',
    make: async (claims, { keys }) => {
      const { kid } = keys.signer()
      return hmac(claims, kid, String(await keys.verifier(kid)))
    },
    why: /"alg" \(Algorithm\) Header Parameter value not allowed/
  },
  {
    name: 'encrypted to the public key of the issuer (draft-ietf-oauth-rfc8725bis §3.3)',
    make: async (claims, { keys }) => {
      const { kid } = keys.signer()
      return new EncryptJWT({ ...claims })
        .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', typ: 'at+jwt', kid })
        .encrypt(createPublicKey(String(await keys.verifier(kid))))
    },
    why: /Invalid Compact JWS/
  },
  {
    name: 'claims that are not an object',
    make: (_claims, issuer) => signAs(issuer, []),
    why: /must be a top-level JSON object/
  }
]

/** Creates each of them from the claims of a valid token of `issuer`. */
export const forge = (issuer: FastifyInstance, valid: object, now: Date) =>
  Promise.all(
    forgeries(Math.floor(now.getTime() / 1000)).map(async ({ name, why, header, make, ...changed }) => {
      const claims = { ...valid, ...changed.claims }
      return { name, why, token: make ? await make(claims, issuer) : signAs(issuer, claims, header) }
    })
  )
