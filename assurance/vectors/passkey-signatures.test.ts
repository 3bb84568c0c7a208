import { isoCrypto } from '@simplewebauthn/server/helpers'
import t from 'tap'
import { type CoseKey, isUsableKey } from '../../src/auth/passkeys/cose-key.ts'
import { isDerSignature } from '../../src/auth/passkeys/der-signature.ts'
import { compare, hex, vectorsIn, type WycheproofVector, withoutExponent3 } from './sets.ts'

interface Vector extends WycheproofVector {
  key: Record<'x' | 'y' | 'n' | 'e', string>
  msg: string
  sig: string
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'))

/** The COSE keys of JWKs (RFC 9053 §7): their values in the order of these labels. */
const labels = [1, 3, -1, -2, -3]
const coseKeys: Record<string, (key: Vector['key']) => (number | Uint8Array)[]> = {
  ES256: ({ x, y }) => [2, -7, 1, bytes(x), bytes(y)],
  EdDSA: ({ x }) => [1, -8, 6, bytes(x)],
  RS256: ({ n, e }) => [3, -257, bytes(n), bytes(e)]
}

for (const [set, alg, counts] of [
  ['wycheproof-ecdsa-der', 'ES256', { accepted: 174, refused: 310 }],
  ['wycheproof-ed25519', 'EdDSA', { accepted: 88, refused: 63 }],
  ['wycheproof-rsa-pkcs1', 'RS256', { accepted: 7, refused: 252 }]
] as const)
  t.test(`${set}: the signatures of passkeys are those of ${alg}`, async t => {
    const { vectors } = vectorsIn<Vector>(set)
    // A ceremony signs data of its own, so this makes the calls of src/auth/passkeys/assertion.ts.
    const check = async ({ key, msg, sig }: Vector) => {
      const cose: CoseKey = new Map(coseKeys[alg]?.(key).map((value, at) => [labels[at] as number, value]))
      if (!isUsableKey(cose)) return false
      if (alg === 'ES256' && !isDerSignature(hex(sig))) return false
      const asked = {
        cosePublicKey: cose as never,
        signature: new Uint8Array(hex(sig)),
        data: new Uint8Array(hex(msg))
      }
      try {
        return await isoCrypto.verify(asked)
      } catch {
        return false
      }
    }
    t.strictSame(await compare(withoutExponent3(vectors), check), { counts, wrong: [] })
  })
