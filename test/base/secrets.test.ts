import t from 'tap'
import { deriveKey, equalInConstantTime, mac, randomSecret, seal, sha256, unseal } from '../../src/base/secrets.ts'

const key = deriveKey('a secret of the tests', 'a purpose')

t.test('A key is 256 bits, the same for one secret and purpose, and different for any other (RFC 5869)', async t => {
  t.equal(key.length, 32)
  t.strictSame(deriveKey('a secret of the tests', 'a purpose'), key)
  t.notSame(deriveKey('a secret of the tests', 'another purpose'), key)
  t.notSame(deriveKey('another secret of the tests', 'a purpose'), key)
})

t.test('Mac and sha256 are 43 characters of base64url (RFC 4648 §5)', async t => {
  // RFC 6234 §8.5 / FIPS 180-4: SHA-256 of "abc".
  t.equal(sha256('abc'), 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  // RFC 4231 §4.3: HMAC-SHA-256, test case 2.
  t.equal(
    mac(Buffer.from('Jefe'), 'what do ya want for nothing?'),
    Buffer.from('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'hex').toString('base64url')
  )
})

t.test('A random secret is 256 bits and unique (RFC 6749 §10.10)', async t => {
  const secrets = Array.from({ length: 20 }, randomSecret)
  t.equal(new Set(secrets).size, 20)
  t.ok(secrets.every(secret => /^[A-Za-z0-9_-]{43}$/.test(secret)))
})

t.test('Strings are equal when every byte is equal (RFC 8725 §3.2: constant time)', async t => {
  for (const [a, b, equal] of [
    ['', '', true],
    ['abc', 'abc', true],
    ['abc', 'abd', false],
    ['abc', 'ab', false],
    ['abc', 'abcd', false],
    ['', 'a', false],
    ['é', 'e\u0301', false],
    ['ÿ', 'y', false],
    ['aé', 'abc', false]
  ] as const) {
    t.equal(equalInConstantTime(a, b), equal, JSON.stringify([a, b]))
  }
})

t.test('Any sealed text opens to itself (AES-256-GCM, NIST SP 800-38D)', async t => {
  for (const text of ['', 'a', 'pass😀word', 'x'.repeat(10_000)])
    t.equal(unseal(key, seal(key, text, 'context'), 'context'), text)
})

t.test('The same text is sealed differently each time: no IV is reused (NIST SP 800-38D §8)', async t => {
  t.equal(new Set(Array.from({ length: 20 }, () => seal(key, 'text', 'context'))).size, 20)
})

t.test('Sealed text that was tampered with does not open (NIST SP 800-38D)', async t => {
  const sealed = seal(key, 'a private key', 'kid-1')
  const bytes = Buffer.from(sealed, 'base64url')
  // In the IV, the text and the tag, each first and last.
  for (const i of [0, 11, 12, bytes.length - 17, bytes.length - 16, bytes.length - 1]) {
    const changed = Buffer.from(bytes)
    changed[i] = Number(changed[i]) ^ 1
    t.throws(() => unseal(key, changed.toString('base64url'), 'kid-1'), `byte ${i}`)
  }
  t.throws(() => unseal(key, sealed, 'kid-2'), 'another context')
  t.throws(() => unseal(deriveKey('another secret', 'a purpose'), sealed, 'kid-1'), 'another key')
  for (const length of [0, 1, 12, 13, 27, 28, bytes.length - 1]) {
    t.throws(() => unseal(key, bytes.subarray(0, length).toString('base64url'), 'kid-1'), `the first ${length} bytes`)
  }
  t.throws(() => unseal(key, Buffer.concat([bytes, Buffer.from([0])]).toString('base64url'), 'kid-1'), 'a byte more')
})
