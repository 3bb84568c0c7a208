import { createPrivateKey, createPublicKey } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import t from 'tap'
import { generateKey, publicPem, signingAlgs, thumbprint } from '../../../src/auth/keys/jwk.ts'

const shapes = {
  ES256: { kty: 'EC', crv: 'P-256', x: /^.{43}$/, y: /^.{43}$/ },
  RS256: { kty: 'RSA', n: /^.{342}$/, e: 'AQAB' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', x: /^.{43}$/ },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', x: /^.{43}$/ }
}

for (const alg of signingAlgs) {
  t.test(`a key for ${alg} is a public JWK with its private half in PEM (RFC 7518 §6, RFC 8037 §2)`, async t => {
    const { kid, publicJwk, privatePem } = generateKey(alg)
    t.match(publicJwk, shapes[alg])
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) t.notOk(member in publicJwk, `no private ${member}`)
    t.equal(kid, await calculateJwkThumbprint(publicJwk as JWK))
    t.match(privatePem, /^-----BEGIN PRIVATE KEY-----\n/)
    t.match(publicPem(publicJwk), /^-----BEGIN PUBLIC KEY-----\n/)
    t.ok(createPublicKey(createPrivateKey(privatePem)).equals(createPublicKey(publicPem(publicJwk))))
    t.not(generateKey(alg).kid, kid)
  })
}

t.test('a kid is the thumbprint of the key, as in the example of RFC 7638 §3.1', async t => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs' +
    'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI' +
    'SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  t.equal(
    thumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }),
    'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs'
  )
})

t.test('no kid looks like an option of a command (sallyport keys retire KID)', async t => {
  const made = Array.from({ length: 1000 }, () => generateKey('EdDSA').kid)
  t.strictSame(
    made.filter(kid => kid.startsWith('-')),
    []
  )
})
