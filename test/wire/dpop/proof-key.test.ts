import { generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto'
import t, { type Test } from 'tap'
import { type DpopAlg, proofKeyIn } from '../../../src/wire/dpop/proof-key.ts'
import { thumbprint } from '../../../src/wire/jwk.ts'

const jwkOf = ({ publicKey }: { publicKey: KeyObject }) => publicKey.export({ format: 'jwk' })
const ec = (namedCurve: string) => jwkOf(generateKeyPairSync('ec', { namedCurve }))
/** A number of this size as the modulus, which no reader factors: primes would take a second. */
const rsa = (bits: number, e = 'AQAB'): JsonWebKey => ({
  kty: 'RSA',
  n: Buffer.alloc(bits / 8, 0xa5).toString('base64url'),
  e
})

const p256 = ec('P-256')
const ed25519 = jwkOf(generateKeyPairSync('ed25519'))
const rsa2048 = rsa(2048)

const refusal = (t: Test, alg: DpopAlg, jwk: Record<string, unknown>, message: RegExp, name: string) =>
  t.throws(() => proofKeyIn({ alg, jwk }), { name: 'DpopRefusal', code: 'invalid_dpop_proof', message }, name)

t.test('A key of each algorithm is read with its thumbprint (RFC 9449 §4.2, RFC 7638, RFC 8037)', async t => {
  const keys = { ES256: p256, Ed25519: ed25519, EdDSA: ed25519, RS256: rsa2048 }
  for (const [alg, jwk] of Object.entries(keys) as [DpopAlg, typeof p256][]) {
    const found = proofKeyIn({ alg, jwk: { ...jwk } })
    t.match(found, { alg, jkt: thumbprint(jwk) })
    t.equal(found.key.type, 'public')
  }
  t.equal(proofKeyIn({ alg: 'RS256', jwk: { ...rsa(3072) } }).alg, 'RS256')
})

t.test('The thumbprint is that of the key, however its numbers are written (RFC 7638 §3.1)', async t => {
  const { jkt } = proofKeyIn({ alg: 'ES256', jwk: { ...p256 } })
  const padded = (text: unknown) => Buffer.concat([Buffer.alloc(1), Buffer.from(String(text), 'base64url')])
  for (const jwk of [
    { ...p256, x: `${p256.x}=` },
    { ...p256, x: padded(p256.x).toString('base64url') },
    { ...p256, kid: 'a name', use: 'sig', x5c: ['a certificate'] }
  ])
    t.equal(proofKeyIn({ alg: 'ES256', jwk }).jkt, jkt)
})

t.test('A jwk with a private part, or a symmetric one, is refused (RFC 9449 §4.3 check 7)', async t => {
  for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
    for (const value of ['AA', '', null])
      refusal(t, 'ES256', { ...p256, [name]: value }, /private part/, `${name}: ${value}`)
  refusal(t, 'ES256', { kty: 'oct' }, /kty EC/, 'oct')
})

t.test('A jwk of another type or curve than that of its alg is refused (RFC 9449 §4.3 check 5)', async t => {
  for (const curve of ['P-192', 'P-384', 'P-521', 'secp256k1', 'P256', undefined])
    refusal(t, 'ES256', { ...p256, crv: curve }, /crv P-256/, `ES256 with ${curve}`)
  refusal(t, 'ES256', ec('secp256k1'), /crv P-256/, 'a key on secp256k1')
  refusal(t, 'ES256', ec('P-384'), /crv P-256/, 'a key on P-384')
  refusal(t, 'EdDSA', jwkOf(generateKeyPairSync('ed448')), /crv Ed25519/, 'Ed448')
  refusal(t, 'Ed25519', jwkOf(generateKeyPairSync('x25519')), /crv Ed25519/, 'X25519')
  refusal(t, 'RS256', p256, /kty RSA/, 'an EC key with RS256')
  refusal(t, 'RS256', { ...rsa2048, crv: 'P-256' }, /kty RSA/, 'an RSA key with a curve')
  refusal(t, 'ES256', rsa2048, /kty EC/, 'an RSA key with ES256')
  refusal(t, 'EdDSA', p256, /kty OKP/, 'an EC key with EdDSA')
})

t.test('A key that is none is refused (RFC 9449 §4.3 check 6)', async t => {
  const keys: Record<string, [DpopAlg, object]> = {
    'a point that is not on the curve': ['ES256', { ...p256, y: p256.x }],
    'the point at infinity': ['ES256', { ...p256, x: '', y: '' }],
    'no y': ['ES256', { kty: 'EC', crv: 'P-256', x: p256.x }],
    'a number as x': ['ES256', { ...p256, x: 5 }],
    'an object as y': ['ES256', { ...p256, y: {} }],
    'a short x': ['Ed25519', { ...ed25519, x: 'AAAA' }],
    'a long x': ['Ed25519', { ...ed25519, x: `${ed25519.x}AAAA` }],
    'no n': ['RS256', { kty: 'RSA', e: 'AQAB' }]
  }
  for (const [name, [alg, jwk]] of Object.entries(keys)) refusal(t, alg, { ...jwk }, /not a valid key/, name)
})

t.test('An RSA key that is weak, or takes long to use, is refused (RFC 9449 §11.6, FIPS 186-5 §5.1)', async t => {
  const bytes = (size: number) => Buffer.alloc(size, 0xff).toString('base64url')
  const keys: Record<string, object> = {
    '1024 bits': rsa(1024),
    '2047 bits': { ...rsa2048, n: Buffer.concat([Buffer.from([0x7f]), Buffer.alloc(255, 1)]).toString('base64url') },
    'no bits': { ...rsa2048, n: bytes(0) },
    '8192 bits': { ...rsa2048, n: bytes(1024) },
    'an exponent of 3': rsa(2048, 'Aw'),
    'an exponent of 1': { ...rsa2048, e: 'AQ' },
    'an exponent of 33 bits': { ...rsa2048, e: Buffer.from([1, 0, 0, 0, 1]).toString('base64url') }
  }
  for (const [name, jwk] of Object.entries(keys)) refusal(t, 'RS256', { ...jwk }, /2048 to 4096 bits/, name)
})
