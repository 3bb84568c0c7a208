import { OAuthError } from '../../errors.ts'

// UNICODECHARNOCRLF of RFC 6749 Appendix A; with `u`, a pair of surrogates is one character, and half a pair is not one.
const allowed = /^[\t\x20-\x7e\x80-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u

/** Whether `text` keeps to the alphabet of `username` and `password` in RFC 6749 Appendix A.15 and A.16. */
export const hasOnlyAllowedCharacters = (text: string) => allowed.test(text)

/** Throws `invalid_request` when a parameter of the token form has a character that it may not have. */
export function assertFormText(name: string, text: string) {
  if (!hasOnlyAllowedCharacters(text)) {
    throw new OAuthError('invalid_request', `${name} has a control character or half a character.`)
  }
}
