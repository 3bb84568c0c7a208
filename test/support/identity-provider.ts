import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { encode } from './forgeries.ts'
import { startSite } from './site.ts'

/** The algorithms of the issuer's keys. */
export const idTokenAlgs = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const

const curves = new Map<string, string>([
  ['ES256', 'P-256'],
  ['ES384', 'P-384']
])

/** A new pair of keys for `alg`; RSA keys have `bits`. */
export function generateIssuerKey(alg: string, bits = 2048) {
  if (/^[RP]S/.test(alg)) return generateKeyPairSync('rsa', { modulusLength: bits })
  const namedCurve = curves.get(alg)
  return namedCurve ? generateKeyPairSync('ec', { namedCurve }) : generateKeyPairSync('ed25519')
}

/** The signature of `input` with `key`, as `alg` has it. */
export function signature(alg: string, key: KeyObject, input: string): string {
  const digest = /^Ed/.test(alg) ? null : `sha${alg.slice(2)}`
  // 6 is RSA_PKCS1_PSS_PADDING; the salt is as long as the digest (RFC 7518 §3.5).
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: Number(alg.slice(2)) / 8 } : {}
  return sign(digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363', ...padding }).toString('base64url')
}

const pairs = new Map<string, ReturnType<typeof generateIssuerKey>>()
let running = 0

/** The same pair for each call with this name: RSA keys take long to generate. */
function pairOf(name: string, alg: string) {
  const pair = pairs.get(name) ?? generateIssuerKey(alg)
  pairs.set(name, pair)
  return pair
}

/**
 * An issuer of ID tokens on 127.0.0.1, with a key for each of `algs`; closed when the test ends. `now` is the clock of
 * its tokens. `state` has its switches:
 *
 * - `isDown`: it answers 503
 * - `delayMs`: it answers so many milliseconds later
 * - `redirect`: it redirects to that URL
 * - `configuration`, `jwks`: what it serves instead of its own
 */
export async function startIdentityProvider(t: Test, now: () => Date = () => new Date(), algs: string[] = ['ES256']) {
  const state: State = { isDown: false, delayMs: 0 }
  /** How many requests it got for each of its two documents. */
  const fetches = { configuration: 0, jwks: 0 }
  let round = 0
  const place = running++
  t.teardown(() => {
    running--
  })

  const kidOf = (alg: string) => `${alg}-${round}`
  const keyOf = (alg: string) => pairOf(`${place}-${kidOf(alg.replace(/^PS/, 'RS'))}`, alg)
  /** Its public keys, as it serves them. */
  const jwks = (): Record<string, unknown>[] =>
    algs.map(alg => ({ ...keyOf(alg).publicKey.export({ format: 'jwk' }), kid: kidOf(alg), alg, use: 'sig' }))
  // Now, since RSA keys can take longer than a request may.
  jwks()

  const issuer = await startSite(t, async ({ url }, answer) => {
    const name = url === '/.well-known/openid-configuration' ? 'configuration' : 'jwks'
    fetches[name]++
    // A connection would be closed while the RSA keys of a rotation are made, which may take seconds.
    answer.shouldKeepAlive = false
    await sleep(state.delayMs)
    if (state.redirect) return void answer.writeHead(302, { location: state.redirect }).end()
    if (state.isDown) return void answer.writeHead(503).end()
    const own = name === 'jwks' ? { keys: jwks() } : { issuer, jwks_uri: `${issuer}/keys` }
    const body = state[name] ?? own
    answer.writeHead(200, { 'content-type': 'application/json' })
    answer.end(typeof body === 'string' ? body : JSON.stringify(body))
  })

  /**
   * An ID token for the client `app` and the account `alice` there, with these claims; `undefined` omits one, and a
   * text replaces the whole payload. Key and `kid` are those of `alg` unless they are given.
   */
  function idToken(
    claims: Record<string, unknown> | string = {},
    { alg = String(algs[0]), kid = kidOf(alg), key = keyOf(alg).privateKey, header = {} }: TokenOptions = {}
  ) {
    const iat = Math.floor(now().getTime() / 1000)
    const payload = { iss: issuer, aud: 'app', sub: 'alice', iat, exp: iat + 3600 }
    const head = typeof header === 'string' ? base64url(header) : encode({ alg, kid, typ: 'JWT', ...header })
    const body = typeof claims === 'string' ? base64url(claims) : encode({ ...payload, ...claims })
    return `${head}.${body}.${signature(alg, key, `${head}.${body}`)}`
  }

  return {
    issuer,
    /** The entry of `IDENTITY_PROVIDERS`. */
    setting: `${issuer} app`,
    state,
    fetches,
    jwks,
    kidOf,
    keyOf,
    idToken,
    /** Replaces all keys. */
    rotate() {
      round++
      jwks()
    }
  }
}

/** How the provider answers. */
export interface State {
  isDown: boolean
  delayMs: number
  redirect?: string
  configuration?: unknown
  jwks?: unknown
}

/** How an ID token differs from a valid one. */
export interface TokenOptions {
  alg?: string
  kid?: string
  key?: KeyObject
  /** Further members, of which `undefined` removes one; a text replaces the whole header. */
  header?: Record<string, unknown> | string
}

const base64url = (text: string) => Buffer.from(text).toString('base64url')
