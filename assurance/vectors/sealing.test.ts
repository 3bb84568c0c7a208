import { hkdfSync } from 'node:crypto'
import t from 'tap'
import { equalInConstantTime, mac, tokenKey, unseal } from '../../src/base/secrets.ts'
import { compare, hex, vectorsIn, type WycheproofVector } from './sets.ts'

// `mac`, `tokenKey` and `unseal` take text, which they turn into bytes; the bytes of a vector pass through them.
const asText = (bytes: string) => hex(bytes) as unknown as string

t.test('wycheproof-hmac-sha256: a MAC is accepted when it is HMAC-SHA-256', async t => {
  const { vectors } = vectorsIn<WycheproofVector & Record<'key' | 'msg' | 'tag', string>>('wycheproof-hmac-sha256')
  const check = ({ key, msg, tag }: (typeof vectors)[number]) => {
    t.equal(tokenKey(hex(key), asText(msg)).toString('base64url'), mac(hex(key), asText(msg)))
    return equalInConstantTime(mac(hex(key), asText(msg)), hex(tag).toString('base64url'))
  }
  t.strictSame(await compare(vectors, check), { counts: { accepted: 33, refused: 54 }, wrong: [] })
})

t.test('wycheproof-aes-256-gcm: what is sealed opens with its tag only', async t => {
  type Vector = WycheproofVector & Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>
  const { vectors } = vectorsIn<Vector>('wycheproof-aes-256-gcm')
  const check = ({ key, iv, aad, msg, ct, tag }: Vector) => {
    try {
      // Sealed text is text in UTF-8.
      return unseal(hex(key), hex(iv + tag + ct).toString('base64url'), asText(aad)) === hex(msg).toString()
    } catch {
      return false
    }
  }
  t.strictSame(await compare(vectors, check), { counts: { accepted: 39, refused: 27 }, wrong: [] })
})

t.test('wycheproof-hkdf-sha256: keys are derived by HKDF-SHA-256, also in the examples of RFC 5869', async t => {
  type Vector = WycheproofVector & Record<'ikm' | 'salt' | 'info' | 'okm', string> & { size: number }
  const { vectors } = vectorsIn<Vector>('wycheproof-hkdf-sha256')
  t.equal(vectors.filter(({ comment }) => comment === 'RFC 5869').length, 3)
  // The info of `deriveKey` begins with `sallyport/`, which no vector has, so this makes its call.
  const check = ({ ikm, salt, info, size, okm }: Vector) => {
    try {
      return Buffer.from(hkdfSync('sha256', hex(ikm), hex(salt), hex(info), size)).toString('hex') === okm
    } catch {
      return false
    }
  }
  t.strictSame(await compare(vectors, check), { counts: { accepted: 83, refused: 3 }, wrong: [] })
})
