import { domainToASCII } from 'node:url'
import { invalidMember } from '../../base/errors.ts'
import { hasInvisible, hasMeaninglessInvisible } from '../../base/invisible-characters.ts'

/** The maximum length of a username, in characters. */
export const maxUsernameLength = 64
/** The maximum length of an e-mail address, in characters. */
export const maxEmailLength = 254
/** The maximum length of a full name, in characters. */
export const maxFullNameLength = 256
/**
 * The longest spellings, in UTF-16 units. A normal form makes one character of at most four (UAX #15). Longer text is
 * not normalized: its marks are sorted, and its domain is encoded, in a time that grows with the square of the length.
 */
const mostUnits = { username: 8 * maxUsernameLength, email: 4 * maxEmailLength }
// Control, format, surrogate, private-use and unassigned characters, line and paragraph separators, and `@`.
const notInNames = /[\p{C}\p{Zl}\p{Zp}@]/u

// Parsers of URLs read more characters of ASCII in a host, such as `/` and `%`.
const international = /^[\w.-]*[^\0-\x7f][\w.\-\x80-\u{10ffff}]*$/u

const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * The canonical form of a username: NFKC and lower case, so that `Alice`, `ALICE` and `Ａｌｉｃｅ` are the same name. Text
 * that is longer than any spelling of a username stays as it is, which no account has and `assertUsername` refuses.
 */
export const normalizeUsername = (username: string) =>
  username.length > mostUnits.username ? username : username.normalize('NFKC').toLowerCase().normalize('NFKC')

/**
 * The canonical form of an e-mail address: NFC and lower case, with the domain in ASCII (UTS #46), because mail reaches
 * one mailbox by many spellings of it. Text that is too long for any stays as it is, which no account has and `isEmail`
 * refuses.
 */
export function normalizeEmail(email: string): string {
  if (email.length > mostUnits.email) return email
  const text = email.normalize('NFC').toLowerCase()
  const at = text.lastIndexOf('@') + 1
  const domain = text.slice(at)
  if (at === 0 || !international.test(domain)) return text
  return text.slice(0, at) + (domainToASCII(domain) || domain)
}

/** Throws a 400 about `/username` unless the normalized username is allowed. */
export function assertUsername(username: string) {
  const length = [...username].length
  if (length < 1 || length > maxUsernameLength || username.trim() !== username) {
    throw invalidMember('/username', `must have 1 to ${maxUsernameLength} characters and no leading or trailing spaces`)
  }
  if (notInNames.test(username) || hasInvisible(username))
    throw invalidMember('/username', 'must not contain @, control characters or invisible characters')
  // Commands accept an id or a username, so the two must not look alike.
  if (isUuid.test(username)) throw invalidMember('/username', 'must not look like an account id')
}

/**
 * A username made of the letters, digits, dots, underscores and hyphens of `text`, with room for a suffix; `user` if
 * they make none.
 */
export function usernameFrom(text: string): string {
  const characters = [...normalizeUsername(text.slice(0, mostUnits.username))].filter(
    one => /[\p{L}\p{N}._-]/u.test(one) && !hasInvisible(one)
  )
  const name = characters.slice(0, 48).join('')
  return name === '' || isUuid.test(name) ? 'user' : name
}

/**
 * Throws a 400 about `/full_name` when it is too long, or has a control character, an unpaired surrogate or an
 * invisible character without a meaning.
 */
export function assertFullName(name: string | null | undefined) {
  if (name && [...name].length > maxFullNameLength)
    throw invalidMember('/full_name', `is longer than ${maxFullNameLength} characters`)
  if (name && /[\p{Cc}\p{Cs}]/u.test(name))
    throw invalidMember('/full_name', 'contains a control character or an unpaired surrogate')
  if (name && hasMeaninglessInvisible(name)) throw invalidMember('/full_name', 'contains an invisible character')
}

/** Whether `text` has the form of an e-mail address, whose domain is a name. */
export function isEmail(text: string): boolean {
  const email = normalizeEmail(text)
  return (
    email.length <= maxEmailLength &&
    /^[^\s@\p{C}<>()[\]\\,;:"]+@(?:[\w-]+\.)+[a-z][\w-]*$/u.test(email) &&
    !hasInvisible(email)
  )
}

/** Throws a 400 about `/email` when it does not have the form of an e-mail address. */
export function assertEmail(email: string | null | undefined) {
  if (email != null && !isEmail(email)) throw invalidMember('/email', 'is not an e-mail address')
}
