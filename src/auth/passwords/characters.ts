import { OAuthError } from '../../base/errors.ts'

// UNICODECHARNOCRLF of RFC 6749 Appendix A. With the `u` flag, a surrogate pair is one character, and an unpaired
// surrogate does not match.
const allowed = /^[\t\x20-\x7e\x80-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u

/** Whether `text` has only the characters that RFC 6749 Appendix A.15 and A.16 allow in `username` and `password`. */
export const hasOnlyAllowedCharacters = (text: string) => allowed.test(text)

/** Throws `invalid_request` when a parameter of the token form has a character that is not allowed. */
export function assertFormText(name: string, text: string) {
  if (!hasOnlyAllowedCharacters(text)) {
    throw new OAuthError('invalid_request', `${name} contains a control character or an unpaired surrogate.`)
  }
}
