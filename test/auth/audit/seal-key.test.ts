import { createPublicKey, sign, verify } from 'node:crypto'
import t from 'tap'
import { createSealKey } from '../../../src/auth/audit/seal-key.ts'

t.test('The key of the seals depends on the secret only (RFC 5869, RFC 8410)', async t => {
  const { privateKey, publicKey } = createSealKey('a secret of the tests, 32 bytes or more')
  t.equal(publicKey, 'dfkFKUu7b-uXTf34JfHa0uuDbu9w5_lLNSdxkNrxEos')
  t.match(publicKey, /^[\w-]{43}$/)
  const x = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  t.ok(verify(null, Buffer.from('text'), x, sign(null, Buffer.from('text'), privateKey)))
  t.equal(createSealKey('a secret of the tests, 32 bytes or more').publicKey, publicKey)
  t.not(createSealKey('another secret of the tests, 32 bytes').publicKey, publicKey)
})
