import t from 'tap'
import { parseAuthorization } from '../../../src/auth/tokens/authorization.ts'

t.test('a header is a bearer token, another scheme, or malformed (RFC 6750 §2.1)', async t => {
  for (const [header, parsed] of [
    [undefined, undefined],
    ['', undefined],
    [' ', undefined],
    ['Basic Og==', undefined],
    ['Bearerabc', undefined],
    ['Bearer abc', { token: 'abc' }],
    ['bearer abc', { token: 'abc' }],
    ['BEARER   abc', { token: 'abc' }],
    ['Bearer a-._~+/1==', { token: 'a-._~+/1==' }],
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
})
