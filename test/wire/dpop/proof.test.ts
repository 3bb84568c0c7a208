import crypto, { generateKeyPairSync, sign } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import t, { type Test } from 'tap'
import { sha256 } from '../../../src/base/secrets.ts'
import type { DpopErrorCode } from '../../../src/wire/dpop/dpop-refusal.ts'
import { createNonces } from '../../../src/wire/dpop/nonces.ts'
import { createProofReader, type ProofRequest, windowSeconds } from '../../../src/wire/dpop/proof.ts'
import { createProofSigner } from '../../support/dpop.ts'

const seconds = 1_769_860_800
const now = () => new Date(seconds * 1000 + 999)
const nonces = createNonces({ secret: 'a secret of the tests, 32 bytes or more' }, now)
const read = createProofReader({ now, nonces })
const signer = createProofSigner()
const url = 'https://auth.example.com/token'
const token = 'an.access.token'

const claims = { jti: 'once', htm: 'POST', htu: url, iat: seconds, nonce: nonces.current() }
const requestOf = (dpop: string): ProofRequest => ({ dpop, method: 'POST', url })
const readProof = (changes: object = {}, header: Record<string, unknown> = {}) =>
  read(requestOf(signer.prove({ ...claims, ...changes }, header)))
const encode = (text: string) => Buffer.from(text).toString('base64url')

const bad = 'invalid_dpop_proof'
const refuses = (t: Test, run: () => unknown, message: RegExp, name: string, code: DpopErrorCode = bad) =>
  t.throws(run, { name: 'DpopRefusal', code, message }, name)

t.test('A proof with each algorithm is read (RFC 9449 §4.2)', async t => {
  for (const alg of ['ES256', 'Ed25519', 'EdDSA', 'RS256'] as const) {
    const { prove, jkt } = createProofSigner(alg)
    for (const _ of ['a new key', 'a known key']) {
      const proof = read(requestOf(prove(claims)))
      t.equal(proof.jkt, jkt)
      t.match(proof.id, /^dpop:[\w-]{43}$/)
      t.strictSame(proof.expiresAt, new Date((seconds + windowSeconds) * 1000))
    }
  }
})

t.test('Each key is read once, also when the headers of two clients end alike', async t => {
  const proofs = [1, 2].map(() => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    // As a library writes it that puts the key first.
    const header = { jwk: publicKey.export({ format: 'jwk' }), typ: 'dpop+jwt', alg: 'ES256' }
    const input = [header, claims].map(part => encode(JSON.stringify(part))).join('.')
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    return `${input}.${signature.toString('base64url')}`
  })
  const keysRead = t.capture(crypto, 'createPublicKey', crypto.createPublicKey)
  syncBuiltinESMExports()
  t.teardown(syncBuiltinESMExports)
  const [first, second] = [...proofs, ...proofs].map(proof => read(requestOf(proof)).jkt)
  t.not(first, second)
  t.equal(keysRead().length, 2)
})

t.test('The id of a proof is that of its key and its jti (RFC 9449 §11.1)', async t => {
  const { id } = readProof()
  t.equal(readProof({ iat: seconds - 5, extra: true }).id, id)
  t.not(readProof({ jti: 'twice' }).id, id)
  t.not(read(requestOf(createProofSigner().prove(claims))).id, id)
})

t.test('There is one DPoP header of at most 4 KB, with one JWT (RFC 9449 §4.3 checks 1 and 2)', async t => {
  const proof = signer.prove(claims)
  const [header, payload, signature] = proof.split('.') as [string, string, string]
  refuses(t, () => read(requestOf(`${proof}, ${proof}`)), /one DPoP header/, 'two headers')
  refuses(t, () => read(requestOf(`${proof},`)), /one DPoP header/, 'a header and an empty one')
  refuses(t, () => readProof({ filling: 'x'.repeat(4096) }), /longer than 4096/, 'more than 4 KB')
  const unsigned = `${header}.${payload}`
  const around = [`${proof}.`, `${proof}.${signature}`, ` ${proof}`, `${proof}=`, `Bearer ${proof}`]
  const others = [unsigned, `${unsigned}.`, JSON.stringify({ payload }), `${header}+.${payload}.${signature}`]
  for (const text of ['', ' ', 'x', '..', ...around, ...others])
    refuses(t, () => read(requestOf(text)), /must be a JWT/, JSON.stringify(text.slice(0, 60)))
})

t.test('Header and payload are strict base64url and JSON (RFC 9449 §4.3 check 2, RFC 8725 §2.4)', async t => {
  const [header, payload, signature] = signer.prove(claims).split('.') as [string, string, string]
  const twice = (text: string, member: string) => encode(`${text.slice(0, -1)},${member}}`)
  const ofPayload = (text: string) => read(requestOf(`${header}.${text}.${signature}`))
  const ofHeader = (text: string) => read(requestOf(`${text}.${payload}.${signature}`))
  const parts: [string, string][] = [
    ['an array', encode('[]')],
    ['null', encode('null')],
    ['no JSON', encode('{')],
    ['a Latin-1 character', Buffer.from([0x7b, 0x22, 0xe4, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')],
    ['a prototype', encode('{"__proto__":{"htm":"POST"}}')],
    ['a last character with bits to spare', 'e31']
  ]
  for (const [name, text] of parts) {
    refuses(t, () => ofHeader(text), /^The header of the proof is not/, `header: ${name}`)
    refuses(t, () => ofPayload(text), /^The payload of the proof is not/, `payload: ${name}`)
  }
  const text = Buffer.from(payload, 'base64url').toString()
  refuses(t, () => ofPayload(twice(text, '"htm":"POST"')), /repeats a member/, 'two htm')
  const head = Buffer.from(header, 'base64url').toString()
  refuses(t, () => ofHeader(twice(head, '"alg":"ES256"')), /repeats a member/, 'two alg')
  refuses(t, () => ofPayload(''), /is not valid JSON/, 'no payload')
})

t.test('The typ is dpop+jwt (RFC 9449 §4.3 check 4)', async t => {
  for (const typ of [undefined, null, 'JWT', 'at+jwt', 'application/dpop+jwt', 'DPOP+JWT', 'dpop+jwt '])
    refuses(t, () => readProof({}, { typ }), /typ/, String(typ))
})

t.test('The alg is one of those of the metadata (RFC 9449 §4.3 check 5)', async t => {
  const algs = ['none', 'HS256', 'HS512', 'PS256', 'ES384', 'ES512', 'ES256K', 'RS512', 'es256']
  for (const alg of [...algs, undefined, null, 1]) refuses(t, () => readProof({}, { alg }), /alg/, String(alg))
})

t.test('A critical header is not understood (RFC 7515 §4.1.11)', async t => {
  for (const crit of [['b64'], [], null, 'b64'])
    refuses(t, () => readProof({}, { crit, b64: false }), /critical/, String(crit))
})

t.test('The jwk is a public key (RFC 9449 §4.3 check 7)', async t => {
  for (const jwk of [undefined, null, 'key', [], 1])
    refuses(t, () => readProof({}, { jwk }), /public key as jwk/, String(jwk))
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  refuses(t, () => readProof({}, { jwk: privateKey.export({ format: 'jwk' }) }), /private part/, 'a private key')
})

t.test('The signature is that of the key in the header (RFC 9449 §4.3 check 6)', async t => {
  const [header, payload, signature] = signer.prove(claims).split('.') as [string, string, string]
  const bytes = Buffer.from(signature, 'base64url')
  const altered = Buffer.from(bytes)
  altered[0] = Number(altered[0]) ^ 1
  const wrong: Record<string, string> = {
    'another signature': altered.toString('base64url'),
    'zeros (CVE-2022-21449)': Buffer.alloc(64).toString('base64url'),
    'too short': bytes.subarray(0, 63).toString('base64url'),
    'too long': Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url'),
    'that of another key': createProofSigner().prove(claims).split('.')[2] as string,
    'that of another payload': signer.prove({ ...claims, jti: 'other' }).split('.')[2] as string
  }
  for (const [name, text] of Object.entries(wrong))
    refuses(t, () => read(requestOf(`${header}.${payload}.${text}`)), /signature/, name)
  for (const alg of ['Ed25519', 'RS256'] as const) {
    const [head, body, tag] = createProofSigner(alg).prove(claims).split('.') as [string, string, string]
    const other = tag.startsWith('A') ? `B${tag.slice(1)}` : `A${tag.slice(1)}`
    refuses(t, () => read(requestOf(`${head}.${body}.${other}`)), /signature/, alg)
  }
})

t.test('The htm is the method (RFC 9449 §4.3 check 8)', async t => {
  for (const htm of [undefined, null, '', 'GET', 'post', 'POST ', ['POST']])
    refuses(t, () => readProof({ htm }), /htm of the proof must be POST/, String(htm))
})

t.test('The htu is the URL (RFC 9449 §4.3 check 9)', async t => {
  t.equal(readProof({ htu: 'https://AUTH.example.com:443/%74oken' }).jkt, signer.jkt)
  for (const htu of [undefined, '', `${url}?x=1`, 'https://evil.example/token', 'http://auth.example.com/token'])
    refuses(t, () => readProof({ htu }), /htu of the proof must be https:\/\/auth\.example\.com\/token\.$/, String(htu))
  const proof = signer.prove({ ...claims, htu: `${url}?a=b` })
  refuses(t, () => read({ dpop: proof, method: 'POST', url: `${url}?a=b` }), /htu/, 'the query of the request')
  t.equal(read({ dpop: signer.prove(claims), method: 'POST', url: `${url}?a=b` }).jkt, signer.jkt)
})

t.test('The nonce is one of this server (RFC 9449 §4.3 check 10, §8)', async t => {
  for (const nonce of [undefined, null, '', 1, 'x', `${nonces.current()}A`])
    refuses(t, () => readProof({ nonce }), /DPoP-Nonce/, String(nonce), 'use_dpop_nonce')
  const withoutNonces = createProofReader({ now, nonces: undefined })
  t.equal(withoutNonces(requestOf(signer.prove({ ...claims, nonce: undefined }))).jkt, signer.jkt)
})

t.test('The iat is within 30 seconds in both directions (RFC 9449 §4.3 check 11)', async t => {
  for (const iat of [seconds - windowSeconds, seconds, seconds + 0.5, seconds + windowSeconds])
    t.equal(readProof({ iat }).expiresAt.getTime(), (iat + windowSeconds) * 1000)
  for (const iat of [seconds - 31, seconds + 31, undefined, null, `${seconds}`, [seconds], 1e308])
    refuses(t, () => readProof({ iat }), new RegExp(`which is at ${seconds}`), String(iat))
})

t.test('The jti is text of 1 to 256 characters (RFC 9449 §4.2)', async t => {
  t.ok(readProof({ jti: 'x'.repeat(256) }))
  for (const jti of [undefined, null, '', 1, ['x'], 'x'.repeat(257)])
    refuses(t, () => readProof({ jti }), /jti/, String(jti))
})

t.test('With an access token, the proof has its hash and its key (RFC 9449 §4.3 check 12)', async t => {
  const ofToken = (ath: unknown, jkt = signer.jkt) => read(requestOf(signer.prove({ ...claims, ath })), { token, jkt })
  t.equal(ofToken(sha256(token)).jkt, signer.jkt)
  for (const ath of [undefined, null, '', token, sha256('another.access.token'), `${sha256(token)}=`])
    refuses(t, () => ofToken(ath), /ath/, String(ath))
  refuses(t, () => ofToken(sha256(token), createProofSigner().jkt), /another key/, 'another key', 'invalid_token')
})

t.test('Everything else is checked before the signature, which costs most', async t => {
  const [header] = signer.prove(claims).split('.')
  const unsigned = (changes: object) => `${header}.${encode(JSON.stringify({ ...claims, ...changes }))}.AAAA`
  refuses(t, () => read(requestOf(unsigned({ nonce: 'x' }))), /DPoP-Nonce/, 'a flood has no nonce', 'use_dpop_nonce')
  refuses(t, () => read(requestOf(unsigned({ htm: 'GET' }))), /htm/, 'the method')
  refuses(t, () => read(requestOf(unsigned({}))), /signature/, 'the signature is last')
})
