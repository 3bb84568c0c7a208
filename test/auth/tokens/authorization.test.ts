import t from 'tap'
import { parseAuthorization } from '../../../src/auth/tokens/authorization.ts'

t.test(
  'A header has a token with a scheme, another scheme, or is malformed (RFC 6750 §2.1, RFC 9449 §7.1)',
  async t => {
    for (const [header, parsed] of [
      [undefined, undefined],
      ['', undefined],
      [' ', undefined],
      ['Basic Og==', undefined],
      ['Bearerabc', undefined],
      ['Bearer abc', { scheme: 'Bearer', token: 'abc' }],
      ['bearer abc', { scheme: 'Bearer', token: 'abc' }],
      ['BEARER   abc', { scheme: 'Bearer', token: 'abc' }],
      ['Bearer a-._~+/1==', { scheme: 'Bearer', token: 'a-._~+/1==' }],
      ['DPoP abc', { scheme: 'DPoP', token: 'abc' }],
      ['dpop  abc', { scheme: 'DPoP', token: 'abc' }],
      ['DPOP abc=', { scheme: 'DPoP', token: 'abc=' }],
      ['DPoPabc', undefined],
      ['DPoP', 'malformed'],
      ['DPoP\tabc', 'malformed'],
      ['DPoP abc, DPoP abc', 'malformed'],
      ['Bearer', 'malformed'],
      ['Bearer ', 'malformed'],
      ['Bearer a b', 'malformed'],
      ['Bearer abc ', 'malformed'],
      ['Bearer\tabc', 'malformed'],
      ['Bearer =', 'malformed'],
      ['Bearer a=b', 'malformed'],
      ['Bearer "abc"', 'malformed'],
      ['Bearer abc\n', 'malformed'],
      ['Bearer é', 'malformed']
    ] as const) {
      t.strictSame(parseAuthorization(header), parsed, JSON.stringify(header))
    }
  }
)

t.test('Where DPoP is off, DPoP is another scheme (RFC 9449 §7.2)', async t => {
  t.equal(parseAuthorization('DPoP abc', false), undefined)
  t.equal(parseAuthorization('DPoP', false), undefined)
  t.strictSame(parseAuthorization('Bearer abc', false), { scheme: 'Bearer', token: 'abc' })
})
