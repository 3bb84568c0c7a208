import t, { type Test } from 'tap'
import { type DpopAlg, proofKeyIn } from '../../src/auth/dpop/proof-key.ts'
import { thumbprint } from '../../src/auth/keys/jwk.ts'
import { vectorsIn } from './sets.ts'

interface Vector {
  section: string
  privateKey?: Record<string, string>
  key?: Record<string, string>
  thumbprint?: string
}

/** Checks the thumbprints of a set, which has `count` vectors. */
function check(t: Test, set: string, count: number, alg: DpopAlg) {
  const { vectors } = vectorsIn<Vector>(set)
  t.equal(vectors.length, count)
  const known = vectors.filter(vector => vector.thumbprint !== undefined)
  t.equal(known.length, 1)
  for (const { key = {}, thumbprint: expected } of known) {
    t.equal(thumbprint(key), expected)
    t.equal(proofKeyIn({ alg, jwk: key }).jkt, expected)
  }
}

t.test('a kid is the thumbprint of the key, as in the example of RFC 7638 §3.1', async t =>
  check(t, 'rfc7638', 1, 'RS256')
)

t.test('the thumbprint of a key of Ed25519 is that of the example of RFC 8037 §A.3', async t =>
  check(t, 'rfc8037', 3, 'EdDSA')
)

t.test('rfc8037: the private key and the key of X25519 are refused as keys of proofs', async t => {
  const { vectors } = vectorsIn<Vector>('rfc8037')
  const keys = vectors.flatMap(({ key, privateKey }) =>
    [privateKey, key].filter(one => one?.d ?? one?.crv === 'X25519')
  )
  t.equal(keys.length, 2)
  for (const jwk of keys as Record<string, string>[])
    for (const alg of ['EdDSA', 'Ed25519'] as const)
      t.throws(() => proofKeyIn({ alg, jwk }), {
        message: /must not have the private part|must have the kty OKP and the crv/
      })
})
