import { createHmac, createPublicKey, randomUUID, sign } from 'node:crypto'
import { generateKey, type SigningAlg } from '../auth/keys/jwk.ts'
import { digestOf } from '../wire/jwk.ts'

/**
 * Access tokens that an API must reject. Each differs from the user's in one respect, and every access creates a new
 * one for the current time of Sallyport's clock. All cause a 401 `invalid_token` except `withoutScope`.
 */
export interface BadTokens {
  /** Expired an hour ago, by Sallyport's clock and by the machine's. */
  readonly expired: string
  /** Valid from an hour from now (`nbf`), by Sallyport's clock and by the machine's. */
  readonly notYetValid: string
  /** For another API (`aud`). */
  readonly wrongAudience: string
  /** From another issuer (`iss`). */
  readonly wrongIssuer: string
  /** Not an access token: its `typ` is `JWT` (RFC 9068 §4). */
  readonly wrongType: string
  /** Signed by a key that Sallyport does not publish. */
  readonly foreign: string
  /** Signed by another key, under the `kid` of Sallyport's. */
  readonly forged: string
  /** Signed with the public key as an HMAC secret: HS256 (RFC 8725 §2.1). */
  readonly symmetric: string
  /** Without a signature: `alg` is `none` (RFC 8725 §2.1). */
  readonly unsigned: string
  /** Valid, but without any scope that an API requires: a 403 `insufficient_scope` (RFC 6750 §3.1). */
  readonly withoutScope: string
}

interface Key {
  kid: string
  alg: SigningAlg
  privatePem: string
}

const hour = 3600

/** Bad tokens derived from `good`; `signer` returns the key that Sallyport signs with. */
export function createBadTokens(deps: { good: string; signer: () => Key; now: () => Date }): BadTokens {
  const { good, signer, now } = deps
  const goodClaims = JSON.parse(Buffer.from(String(good.split('.')[1]), 'base64url').toString())
  const lifetime = goodClaims.exp - goodClaims.iat
  const seconds = (time: number) => Math.floor(time / 1000)
  const earliest = () => seconds(Math.min(now().getTime(), Date.now()))
  const latest = () => seconds(Math.max(now().getTime(), Date.now()))
  const lasting = (iat: number) => ({ iat, exp: iat + lifetime })

  /** A good token with the given changes. */
  function token({ claims = {}, header = {}, signature = signed(signer()) }: Partial<Wrong>) {
    const { alg, kid } = signer()
    const body = { ...goodClaims, ...lasting(seconds(now().getTime())), jti: randomUUID(), ...claims }
    const text = `${encode({ alg, typ: 'at+jwt', kid, ...header })}.${encode(body)}`
    return `${text}.${signature(text)}`
  }

  function stranger(): Key {
    const { alg } = signer()
    return { alg, ...generateKey(alg) }
  }

  return {
    get expired() {
      return token({ claims: lasting(earliest() - hour - lifetime) })
    },
    get notYetValid() {
      const nbf = latest() + hour
      return token({ claims: { ...lasting(nbf), nbf } })
    },
    get wrongAudience() {
      return token({ claims: { aud: 'https://another-api.example' } })
    },
    get wrongIssuer() {
      return token({ claims: { iss: 'https://another-issuer.example' } })
    },
    get wrongType() {
      return token({ header: { typ: 'JWT' } })
    },
    get foreign() {
      const key = stranger()
      return token({ header: { kid: key.kid }, signature: signed(key) })
    },
    get forged() {
      return token({ signature: signed(stranger()) })
    },
    get symmetric() {
      return token({ header: { alg: 'HS256' }, signature: authenticated(signer()) })
    },
    get unsigned() {
      return token({ header: { alg: 'none' }, signature: () => '' })
    },
    get withoutScope() {
      return token({ claims: { scope: 'of-no-use' } })
    }
  }
}

interface Wrong {
  claims: object
  header: object
  signature: (text: string) => string
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Signs as RFC 7518 §3.4 and RFC 8037 §3.1 define. */
const signed =
  ({ alg, privatePem: key }: Key) =>
  (text: string) =>
    sign(digestOf(alg), Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')

const authenticated =
  ({ privatePem }: Key) =>
  (text: string) => {
    const publicPem = createPublicKey(privatePem).export({ type: 'spki', format: 'pem' })
    return createHmac('sha256', publicPem).update(text).digest('base64url')
  }
