import type { KeyObject } from 'node:crypto'
import t, { type Test } from 'tap'
import type { IdTokenRefusal } from '../../../src/auth/identities/id-token-refusal.ts'
import { createIdTokens } from '../../../src/auth/identities/id-tokens.ts'
import { createClock } from '../../support/clocks.ts'
import { encode, signedByStranger } from '../../support/forgeries.ts'
import { freePort } from '../../support/free-port.ts'
import { generateIssuerKey, idTokenAlgs, startIdentityProvider } from '../../support/identity-provider.ts'
import { startSite } from '../../support/site.ts'

/** An issuer, a reader of its tokens, and what was reported about its keys; the clock stands still. */
async function createReader(t: Test, { algs = [...idTokenAlgs], more = [] as string[] } = {}) {
  const clock = createClock()
  const provider = await startIdentityProvider(t, clock.now, algs)
  const reported: [issuer: string, outcome: string][] = []
  const { verify } = createIdTokens({
    config: { identityProviders: [provider.setting, ...more] },
    now: clock.now,
    onKeysFetched: (issuer, failed) =>
      reported.push([
        issuer,
        failed ? `${failed.hasKeys ? 'stale' : 'none'}: ${(failed.error as Error).message}` : 'fetched'
      ])
  })
  /** The sentence of the refusal of a token, after its status unless that is 400. */
  const refusal = (text: string, nonce?: string) =>
    verify(text, nonce).then(
      () => 'verified',
      (error: IdTokenRefusal) =>
        error.status === 400 ? error.message : `${error.status} ${error.code} ${JSON.stringify(error.headers)}`
    )
  return { clock, provider, reported, verify, refusal }
}

const noKey = 'The issuer has no key for the kid and alg of the ID token.'
const severalKeys = 'The issuer has several keys for the kid and alg of the ID token.'
const wrongSignature = 'The signature of the ID token is wrong.'
const weakKey = 'The RSA key of the ID token must have 2048 bits or more, and an exponent of 65537 or more.'
const unavailable = '503 temporarily_unavailable {"Retry-After":"1"}'
const wrongIssuer = 'The iss of the ID token is not an issuer that is configured here.'
const wrongAlg = 'The alg of an ID token must be one of RS256, PS256, ES256, EdDSA, Ed25519.'
const wrongTyp = 'The typ of an ID token must be JWT.'
const critical = 'The ID token has a critical header, which this server does not know.'
const repeated = (part: string) => `The ${part} of the ID token is not valid JSON, or repeats a member.`

t.test('An ID token of each algorithm is verified, with one look-up of the keys', async t => {
  const { provider, reported, verify } = await createReader(t)
  provider.state.delayMs = 20
  const verifiedAll = await Promise.all(
    idTokenAlgs.map(alg => verify(provider.idToken({ name: 'Alice' }, { alg }), undefined))
  )
  for (const verified of verifiedAll)
    t.match(verified, {
      issuer: provider.issuer,
      subject: 'alice',
      email: null,
      isEmailVerified: false,
      isEmailTrusted: false,
      name: 'Alice',
      spent: { id: /^id-token:[\w-]{43}$/, expiresAt: new Date('2026-01-31T13:10:00.000Z') }
    })
  t.equal(new Set(verifiedAll.map(({ spent }) => spent.id)).size, idTokenAlgs.length)
  t.strictSame(provider.fetches, { configuration: 1, jwks: 1 })
  t.strictSame(reported, [[provider.issuer, 'fetched']])
  t.ok(await verify(provider.idToken({ nonce: 'n' }), 'n'))
  await t.rejects(verify(provider.idToken({ nonce: 'n' }), 'm'), { message: /^The nonce of the ID token/ })
})

t.test(
  'A token is spent with every signature that can be computed from one (RFC 6979 has r and n - s too)',
  async t => {
    const { provider, verify } = await createReader(t)
    const text = provider.idToken({}, { alg: 'ES256' })
    const [header, payload, signature = ''] = text.split('.')
    const r = Buffer.from(signature, 'base64url').subarray(0, 32)
    const s = Buffer.from(signature, 'base64url').subarray(32)
    const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const other = (n - BigInt(`0x${s.toString('hex')}`)).toString(16).padStart(64, '0')
    const malleable = `${header}.${payload}.${Buffer.concat([r, Buffer.from(other, 'hex')]).toString('base64url')}`
    t.not(malleable, text)
    t.strictSame((await verify(malleable, undefined)).spent, (await verify(text, undefined)).spent)
    // The last character of 64 bytes has four bits too many, which jose ignores.
    const variant = text.slice(0, -1) + { A: 'B', Q: 'R', g: 'h', w: 'x' }[text.at(-1) as string]
    t.strictSame((await verify(variant, undefined)).spent, (await verify(text, undefined)).spent)
  }
)

t.test('A refusal says whether the token is from the issuer', async t => {
  const { provider, verify } = await createReader(t)
  const expired = provider.idToken({ exp: 1 })
  await t.rejects(verify(expired, undefined), { code: 'invalid_request', status: 400, isSigned: true })
  const forged = provider.idToken({ exp: 1 }, { key: generateIssuerKey('RS256').privateKey })
  await t.rejects(verify(forged, undefined), {
    code: 'invalid_request',
    status: 400,
    isSigned: false,
    message: wrongSignature
  })
})

t.test('Only the exact issuers that are configured are known', async t => {
  const { provider, refusal } = await createReader(t)
  const { issuer } = provider
  const others = [`${issuer}/`, issuer.toUpperCase(), `${issuer} app`, 'https://accounts.google.com', 'toString', '']
  for (const iss of [...others, '__proto__', [issuer], { issuer }, null, undefined])
    t.equal(await refusal(provider.idToken({ iss })), wrongIssuer, JSON.stringify(iss))
  t.strictSame(provider.fetches, { configuration: 0, jwks: 0 }, 'and no other makes the server ask anything')
})

t.test('A token of one issuer that names another is refused', async t => {
  const other = await startIdentityProvider(t, createClock().now, [...idTokenAlgs])
  const { provider, refusal } = await createReader(t, { more: [`${other.issuer} theirs`] })
  t.equal(await refusal(other.idToken({ aud: 'theirs' })), 'verified')
  t.equal(
    await refusal(provider.idToken({ iss: other.issuer, aud: 'theirs' })),
    wrongSignature,
    'the key of another issuer'
  )
  t.equal(
    await refusal(other.idToken({ aud: 'app' })),
    'The ID token is for a client id that is not configured here.',
    'the client id of another issuer'
  )
})

t.test('A header that the server does not accept is refused before any key is looked for (RFC 8725 §3)', async t => {
  const { provider, refusal } = await createReader(t)
  const signed = (header: Record<string, unknown> | string) => provider.idToken({}, { header })
  const algs = ['none', 'None', 'HS256', 'RS384', 'ES256K', 'ML-DSA-44', 'rs256', 'toString', '']
  for (const alg of [...algs, 256, null, undefined, ['RS256']])
    t.equal(await refusal(signed({ alg })), wrongAlg, JSON.stringify(alg))
  for (const typ of ['at+jwt', 'logout+jwt', 'dpop+jwt', '', null, 1, ['JWT']])
    t.equal(await refusal(signed({ typ })), wrongTyp, JSON.stringify(typ))
  for (const crit of [['b64'], ['exp'], [], null, 'b64'])
    t.equal(await refusal(signed({ crit, b64: true, exp: 1 })), critical, JSON.stringify(crit))
  const kid = provider.kidOf('RS256')
  for (const header of [
    `{"alg":"RS256","kid":"${kid}","alg":"RS256"}`,
    `{"alg":"RS256","kid":"${kid}","kid":"other"}`,
    `{"alg":"RS256","kid":"${kid}","__proto__":{"alg":"none"}}`
  ])
    t.equal(await refusal(signed(header)), repeated('header'), header)
  t.strictSame(provider.fetches, { configuration: 0, jwks: 0 })
  for (const typ of [undefined, 'JWT', 'jwt', 'application/jwt'])
    t.equal(await refusal(signed({ typ })), 'verified', `typ ${typ}`)
  t.equal(
    await refusal(signed({ b64: false })),
    'verified',
    'without crit, b64 means nothing (RFC 7515 §4, RFC 7797 §6)'
  )
})

t.test('Forged and altered tokens are refused', async t => {
  const { provider, clock, refusal } = await createReader(t)
  const iat = clock.now().getTime() / 1000
  const claims = { iss: provider.issuer, aud: 'app', sub: 'mallory', iat, exp: iat + 60 }
  const kid = provider.kidOf('ES256')
  t.equal(await refusal(signedByStranger(claims, { typ: 'JWT', kid })), wrongSignature, 'another key')
  const twice = provider.idToken(`{"iss":"${provider.issuer}","aud":"app","iat":${iat},"exp":${iat + 60},"iat":1}`)
  t.equal(await refusal(twice), repeated('payload'), 'a right signature of a name that is there twice')
  const [header, payload, signature] = provider.idToken().split('.') as [string, string, string]
  t.equal(await refusal(`${header}.${encode(claims)}.${signature}`), wrongSignature, 'other claims')
  t.equal(await refusal(`${header}.${payload}.AA`), wrongSignature, 'another signature')
  t.equal(await refusal(`${encode({ alg: 'RS256' })}.${payload}.${signature}`), wrongSignature, 'another header')
  t.equal(await refusal(`${header}.${payload}.A`), wrongSignature, 'a signature that cannot be decoded')
  t.equal(
    await refusal(`${encode({ alg: 'PS256', kid: provider.kidOf('PS256') })}.${payload}.${signature}`),
    wrongSignature,
    'another padding'
  )
  const zeros = Buffer.alloc(64).toString('base64url')
  t.equal(
    await refusal(`${encode({ alg: 'ES256', kid })}.${payload}.${zeros}`),
    wrongSignature,
    'zeros (CVE-2022-21449)'
  )
})

t.test('Exactly one key of the issuer has to fit', async t => {
  const { provider, clock, refusal, verify } = await createReader(t)
  const rsa = provider.keyOf('RS256')
  const other = generateIssuerKey('RS256')
  const jwk = (pair: { publicKey: KeyObject }, more = {}) => ({ ...pair.publicKey.export({ format: 'jwk' }), ...more })
  const withoutKid = { header: { kid: undefined } }
  const table: [name: string, keys: unknown, expected: string, token?: Parameters<typeof provider.idToken>[1]][] = [
    ['two keys with its kid', [jwk(rsa, { kid: 'a' }), jwk(other, { kid: 'a' })], severalKeys, { kid: 'a' }],
    ['the same key twice', [jwk(rsa, { kid: 'a' }), jwk(rsa, { kid: 'a' })], severalKeys, { kid: 'a' }],
    [
      'two keys for different algorithms',
      [jwk(rsa, { kid: 'a' }), jwk(provider.keyOf('ES256'), { kid: 'a' })],
      'verified',
      { kid: 'a' }
    ],
    ['two keys without kid', [jwk(rsa), jwk(other)], severalKeys, withoutKid],
    ['two keys without kid, and a token with one', [jwk(rsa), jwk(other)], noKey, { kid: 'a' }],
    ['one key without kid', [jwk(rsa)], 'verified', withoutKid],
    ['one key with kid, and a token without', [jwk(rsa, { kid: 'a' })], 'verified', withoutKid],
    ['another kid', [jwk(rsa, { kid: 'a' })], noKey, { kid: 'A' }],
    ['a kid that is a number', [jwk(rsa, { kid: '1' })], noKey, { header: { kid: 1 } }],
    ['a key for encryption', [jwk(rsa, { kid: 'a', use: 'enc' })], noKey, { kid: 'a' }],
    ['a key that may only encrypt', [jwk(rsa, { kid: 'a', key_ops: ['encrypt'] })], noKey, { kid: 'a' }],
    ['a key for another algorithm', [jwk(rsa, { kid: 'a', alg: 'PS256' })], noKey, { kid: 'a' }],
    ['a key of another type', [jwk(provider.keyOf('ES256'), { kid: 'a' })], noKey, { kid: 'a' }],
    ['a key of another curve', [jwk(generateIssuerKey('ES384'), { kid: 'a' })], noKey, { kid: 'a', alg: 'ES256' }],
    [
      'a key for the other name of Ed25519',
      [jwk(provider.keyOf('Ed25519'), { kid: 'a', alg: 'EdDSA' })],
      noKey,
      { kid: 'a', alg: 'Ed25519' }
    ],
    ['a symmetric key', [{ kty: 'oct', k: 'AAAA', kid: 'a' }], noKey, { kid: 'a' }],
    ['no keys', [], noKey, { kid: 'a' }],
    [
      'a point that is not on the curve',
      [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'a' }],
      unavailable,
      { kid: 'a', alg: 'ES256' }
    ],
    ['a private key', [{ ...rsa.privateKey.export({ format: 'jwk' }), kid: 'a' }], unavailable, { kid: 'a' }]
  ]
  for (const [name, keys, expected, token] of table) {
    clock.advance(300)
    provider.state.jwks = { keys }
    t.equal(await refusal(provider.idToken({}, token)), expected, name)
  }
  clock.advance(300)
  provider.state.jwks = { keys: [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'a' }] }
  const unusable = provider.idToken({}, { kid: 'a', alg: 'ES256' })
  await t.rejects(verify(unusable, undefined), { cause: { name: 'DataError' } }, 'the log gets the reason')
  clock.advance(300)
  const weak = generateIssuerKey('RS256', 1024)
  provider.state.jwks = { keys: [jwk(weak, { kid: 'weak' })] }
  t.equal(await refusal(provider.idToken({}, { kid: 'weak', key: weak.privateKey })), weakKey, 'a key of 1024 bits')
})

t.test('New keys are fetched for an unknown kid, though not for a flood of them', async t => {
  const { provider, clock, refusal } = await createReader(t)
  const old = provider.idToken()
  t.equal(await refusal(old), 'verified')
  provider.rotate()
  clock.advance(30)
  t.equal(await refusal(provider.idToken()), 'verified', 'half a minute later')
  t.equal(await refusal(old), noKey, 'the old key has gone')
  t.strictSame(provider.fetches, { configuration: 1, jwks: 2 })
  for (let second = 0; second < 60; second += 5) {
    clock.advance(5)
    const flood = [1, 2, 3].map(index => refusal(provider.idToken({}, { kid: `${second}-${index}` })))
    t.strictSame(new Set(await Promise.all(flood)), new Set([noKey]))
  }
  t.strictSame(provider.fetches, { configuration: 1, jwks: 4 }, 'unknown keys for a minute')
})

t.test('Keys are used for an hour while the issuer is down, and no token passes without', async t => {
  const { provider, clock, reported, refusal } = await createReader(t)
  provider.state.isDown = true
  t.equal(await refusal(provider.idToken()), unavailable, 'no keys yet')
  t.equal(await refusal(provider.idToken()), unavailable, 'not asked again at once')
  t.strictSame(provider.fetches, { configuration: 1, jwks: 0 })
  clock.advance(1)
  provider.state.isDown = false
  t.equal(await refusal(provider.idToken()), 'verified')
  provider.state.isDown = true
  clock.advance(300)
  t.equal(await refusal(provider.idToken()), 'verified', 'five minutes old')
  t.equal(await refusal(provider.idToken({}, { kid: 'new' })), unavailable, 'a key that may be new')
  clock.advance(3599)
  t.equal(await refusal(provider.idToken()), 'verified', 'nearly an hour later')
  clock.advance(1)
  t.equal(await refusal(provider.idToken()), unavailable, 'an hour later')
  const error = (what: string) => `${provider.issuer}${what} responded with status 503.`
  t.strictSame(
    reported.map(([, outcome]) => outcome),
    [
      `none: ${error('/.well-known/openid-configuration')}`,
      'fetched',
      `stale: ${error('/keys')}`,
      `stale: ${error('/keys')}`
    ]
  )
})

t.test('A flood of tokens of an issuer that is down asks it a few times a minute', async t => {
  const { provider, clock, refusal } = await createReader(t)
  provider.state.isDown = true
  for (let second = 0; second < 60; second++) {
    clock.advance(1)
    await refusal(provider.idToken())
  }
  t.ok(provider.fetches.configuration <= 10, `${provider.fetches.configuration} requests`)
})

t.test('An answer of the issuer that cannot be used is none', async t => {
  const { provider, clock, refusal } = await createReader(t)
  const { issuer, state } = provider
  const elsewhere = await startSite(t, () => t.fail('a redirect was followed'))
  for (const [name, change] of [
    ['text', { jwks: 'keys' }],
    ['no set of keys', { jwks: { keys: {} } }],
    ['keys that are no objects', { jwks: { keys: ['key'] } }],
    ['more than 256 KiB', { jwks: { keys: [], padding: 'x'.repeat(262_144) } }],
    ['a document of another issuer', { configuration: { issuer: `${issuer}/`, jwks_uri: `${issuer}/keys` } }],
    ['a document without keys', { configuration: { issuer } }],
    ['a redirect', { redirect: elsewhere }]
  ] as const) {
    clock.advance(400)
    Object.assign(state, { jwks: undefined, configuration: undefined, redirect: undefined }, change)
    const fresh = createIdTokens({
      config: { identityProviders: [`${issuer} app`] },
      now: clock.now,
      onKeysFetched() {}
    })
    await t.rejects(fresh.verify(provider.idToken(), undefined), { status: 503, code: 'temporarily_unavailable' }, name)
  }
  const nowhere = `http://127.0.0.1:${await freePort()}`
  const { verify } = createIdTokens({
    config: { identityProviders: [`${nowhere} app`] },
    now: clock.now,
    onKeysFetched() {}
  })
  await t.rejects(
    verify(provider.idToken({ iss: nowhere }), undefined),
    { status: 503, code: 'temporarily_unavailable' },
    'no server'
  )
  t.equal(await refusal(provider.idToken()), unavailable)
})

t.test('No description repeats the token', async t => {
  const { provider, refusal } = await createReader(t)
  const mark = 'MARK\u0007'
  for (const text of [
    mark,
    `${mark}.a.b`,
    provider.idToken({ iss: mark }),
    provider.idToken({ sub: mark, aud: mark }),
    provider.idToken({ sub: mark }),
    provider.idToken({ nonce: mark }),
    provider.idToken({}, { header: { alg: mark } }),
    provider.idToken({}, { kid: mark }),
    provider.idToken({}, { header: { crit: [mark] } }),
    provider.idToken({}, { header: { typ: mark } }),
    provider.idToken(mark)
  ]) {
    const sentence = await refusal(text, 'a nonce')
    t.notMatch(sentence, /MARK/)
    t.match(sentence, /^The [\x20-\x7e]+\.$/)
  }
})
