import t from 'tap'
import { objectOf, partsOf } from '../../../src/auth/identities/id-token-parts.ts'

const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url')

t.test('An ID token has three parts in base64url', async t => {
  t.strictSame(partsOf('e30.e30.AA'), { header: 'e30', payload: 'e30', signature: 'AA' })
  const counts = ['', '.', '..', 'e30', 'e30.e30', 'e30.e30.', '.e30.AA', 'e30.e30.AA.', 'e30.e30.AA.AA']
  const characters = [' e30.e30.AA', 'e30.e30.AA\n', 'e30.e30.AA==', 'e30.e+0.AA', 'e30.e/0.AA', 'e30.é30.AA']
  const json = '{"payload":"e30","signatures":[{"protected":"e30","signature":"AA"}]}'
  for (const text of [...counts, ...characters, json])
    t.throws(
      () => partsOf(text),
      { message: 'The ID token must have three parts in base64url, separated by dots.' },
      JSON.stringify(text)
    )
})

t.test(
  'A part is one JSON object in UTF-8 whose names are distinct (RFC 7515 §4, RFC 7519 §4, RFC 8725 §2.6)',
  async t => {
    t.strictSame(objectOf(encode('{"a":{"b":[1]},"c":"ü"}'), 'payload'), { a: { b: [1] }, c: 'ü' })
    const notJson = 'The payload of the ID token is not valid JSON, or repeats a member.'
    const noObject = 'The payload of the ID token is not a JSON object.'
    for (const [text, message] of [
      ['', notJson],
      ['foo', notJson],
      ['{}{}', notJson],
      ['\ufeff{}', notJson],
      [Buffer.from('{"a":"\xff"}', 'latin1'), notJson],
      ['{"sub":"alice","sub":"mallory"}', notJson],
      ['{"sub":"alice","s\\u0075b":"mallory"}', notJson],
      ['{"a":{"b":1,"b":2}}', notJson],
      ['{"__proto__":{"sub":"mallory"}}', notJson],
      ['{"constructor":1}', notJson],
      ['['.repeat(5000) + ']'.repeat(5000), noObject],
      ['[]', noObject],
      ['null', noObject],
      ['"text"', noObject],
      ['1', noObject]
    ] as const)
      t.throws(
        () => objectOf(encode(text), 'payload'),
        { name: 'OAuthError', code: 'invalid_request', message },
        String(text).slice(0, 40)
      )
    t.ok(objectOf(encode(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), 'payload'), 'depth is harmless')
    t.throws(
      () => objectOf('e31', 'header'),
      { message: 'The header of the ID token is not base64url.' },
      'bits that are left over'
    )
  }
)
