import { createPrivateKey, createPublicKey } from 'node:crypto'
import { calculateJwkThumbprint, type JWK } from 'jose'
import t from 'tap'
import { generateKey, publicPem, signingAlgs } from '../../../src/auth/keys/jwk.ts'

const shapes = {
  ES256: { kty: 'EC', crv: 'P-256', x: /^.{43}$/, y: /^.{43}$/ },
  RS256: { kty: 'RSA', n: /^.{342}$/, e: 'AQAB' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', x: /^.{43}$/ },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', x: /^.{43}$/ }
}

for (const alg of signingAlgs) {
  t.test(`A key for ${alg} is a public JWK with its private half in PEM (RFC 7518 §6, RFC 8037 §2)`, async t => {
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

t.test('No kid looks like an option of a command (sallyport keys retire KID)', async t => {
  const made = Array.from({ length: 500 }, () => generateKey('EdDSA').kid)
  t.strictSame(
    made.filter(kid => kid.startsWith('-')),
    []
  )
})
