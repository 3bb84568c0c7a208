import { type JsonWebKey, webcrypto } from 'node:crypto'
import { importJWK, type JWK } from 'jose'
import t from 'tap'
import { isSigned } from '../../src/wire/dpop/proof.ts'
import { type DpopAlg, proofKeyIn } from '../../src/wire/dpop/proof-key.ts'
import { compare, hex, vectorsIn, type WycheproofVector, withoutExponent3 } from './sets.ts'

interface Vector extends WycheproofVector {
  key: JsonWebKey
  msg: string
  sig: string
}

/** The algorithm of WebCrypto for each of JOSE, as jose passes it to `verify` (RFC 7518 §3). */
const webAlgorithms: Record<string, webcrypto.EcdsaParams | webcrypto.RsaPssParams | webcrypto.Algorithm> = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  Ed25519: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  PS256: { name: 'RSA-PSS', saltLength: 32 }
}

/** The key of a proof; `undefined` when it is refused. */
function keyIn(alg: DpopAlg, jwk: JsonWebKey) {
  try {
    return proofKeyIn({ alg, jwk: jwk as Record<string, unknown> }).key
  } catch {
    return undefined
  }
}

// `acceptable` is one signature of PKCS #1 v1.5 whose digest lacks the NULL of its parameters. It is refused.
for (const [set, alg, counts] of [
  ['wycheproof-ecdsa-p1363', 'ES256', { accepted: 173, refused: 89 }],
  ['wycheproof-ed25519', 'Ed25519', { accepted: 88, refused: 63 }],
  ['wycheproof-rsa-pkcs1', 'RS256', { accepted: 9, refused: 250 }],
  ['wycheproof-rsa-pss', 'PS256', { accepted: 63, refused: 45 }]
] as const) {
  const { vectors } = vectorsIn<Vector>(set)

  if (alg !== 'PS256')
    t.test(`${set}: the signatures of proofs and access tokens are those of ${alg}`, async t => {
      const check = ({ key: jwk, msg, sig }: Vector) => {
        const key = keyIn(alg, jwk)
        return key !== undefined && isSigned(hex(msg), hex(sig), { alg, key })
      }
      const { wrong, counts: ours } = await compare(withoutExponent3(vectors), check)
      const weak = vectors.filter(({ key: { e } }) => e === 'Aw').length
      t.strictSame([wrong, ours], [[], { accepted: counts.accepted - weak, refused: counts.refused + weak }])
    })

  t.test(`${set}: the signatures that jose verifies, by WebCrypto, are those of ${alg}`, async t => {
    const check = async ({ key: jwk, msg, sig }: Vector) => {
      const key = (await importJWK(jwk as JWK, alg)) as webcrypto.CryptoKey
      return await webcrypto.subtle.verify(webAlgorithms[alg] as webcrypto.Algorithm, key, hex(sig), hex(msg))
    }
    t.strictSame(await compare(vectors, check), { counts, wrong: [] })
  })
}
