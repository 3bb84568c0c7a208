import t from 'tap'
import { parseAuthorization } from '../../src/wire/authorization.ts'

t.test(
  'A header has a token with a scheme, another scheme, or is malformed (RFC 6750 §2.1, RFC 9449 §7.1)',
  async t => {
    for (const header of [undefined, '', ' ', 'Basic Og==', 'Bearerabc', 'DPoPabc'])
      t.equal(parseAuthorization(header), undefined, `${header}`)
    for (const header of ['Bearer abc', 'bearer abc', 'BEARER   abc'])
      t.strictSame(parseAuthorization(header), { scheme: 'Bearer', token: 'abc' }, header)
    for (const header of ['DPoP abc', 'dpop  abc', 'DPOP abc'])
      t.strictSame(parseAuthorization(header), { scheme: 'DPoP', token: 'abc' }, header)
    t.strictSame(parseAuthorization('Bearer a-._~+/1=='), { scheme: 'Bearer', token: 'a-._~+/1==' })
    for (const header of [
      ...['DPoP', 'DPoP\tabc', 'DPoP abc, DPoP abc', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer abc ', 'Bearer\tabc'],
      ...['Bearer =', 'Bearer a=b', 'Bearer "abc"', 'Bearer abc\n', 'Bearer é']
    ])
      t.equal(parseAuthorization(header), 'malformed', JSON.stringify(header))
  }
)

t.test('Where DPoP is off, DPoP is another scheme (RFC 9449 §7.2)', async t => {
  t.equal(parseAuthorization('DPoP abc', false), undefined)
  t.equal(parseAuthorization('DPoP', false), undefined)
  t.strictSame(parseAuthorization('Bearer abc', false), { scheme: 'Bearer', token: 'abc' })
})
