import t from 'tap'
import { assertFormText, hasOnlyAllowedCharacters } from '../../../src/auth/passwords/characters.ts'

t.test('The alphabet of username and password is UNICODECHARNOCRLF (RFC 6749 Appendix A)', async t => {
  const allowed = ['', ...'a\t ~\u0080\ud7ff\ue000\ufffd\u{10000}\u{10ffff}😀']
  for (const text of allowed) assertFormText('username', text)
  t.strictSame(
    allowed.filter(text => !hasOnlyAllowedCharacters(text)),
    []
  )
  for (const text of [...'\0\n\r\u001f\u007f\ufffe\uffff', '\ud800', '\udc00', 'a\ud800b', '\ude00\ud83d']) {
    t.notOk(hasOnlyAllowedCharacters(text), JSON.stringify(text))
    t.throws(() => assertFormText('username', text), {
      name: 'OAuthError',
      code: 'invalid_request',
      message: 'username contains a control character or an unpaired surrogate.'
    })
  }
})
