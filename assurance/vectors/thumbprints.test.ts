import t from 'tap'
import { proofKeyIn } from '../../src/wire/dpop/proof-key.ts'
import { thumbprint } from '../../src/wire/jwk.ts'
import { vectorsIn } from './sets.ts'

interface Vector {
  section: string
  privateKey?: Record<string, string>
  key?: Record<string, string>
  thumbprint?: string
}

for (const [set, alg, section] of [
  ['rfc7638', 'RS256', 'RFC 7638 §3.1'],
  ['rfc8037', 'EdDSA', 'RFC 8037 §A.3']
] as const)
  t.test(`A kid is the thumbprint of the key, as in the example of ${section}`, async t => {
    const known = vectorsIn<Vector>(set).vectors.filter(vector => vector.thumbprint !== undefined)
    t.equal(known.length, 1)
    const [{ key = {}, thumbprint: expected } = {}] = known
    t.strictSame([thumbprint(key), proofKeyIn({ alg, jwk: key }).jkt], [expected, expected])
  })

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
