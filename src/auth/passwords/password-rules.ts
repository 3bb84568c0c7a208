import { invalidMember } from '../../errors.ts'
import { hasOnlyAllowedCharacters } from './characters.ts'
import { isFirstGuess } from './common-passwords.ts'

/** The owner of a new password, by the names that others know. */
export interface PasswordOwner {
  /** In canonical form. */
  username: string
  email: string | null
}

const maxBytes = 1024
/**
 * The shortest name to look for, in bytes of UTF-8: two Chinese characters, or four Latin ones. Shorter names such as
 * `al` and `bob` occur in too many words.
 */
const shortestName = 4
/** The canonical form in which passwords, names and the list are compared. */
const fold = (text: string) => text.normalize('NFKC').toLowerCase()

/** The names of the service: Sallyport, and each label of the issuer's host except the last, such as `com`. */
function serviceNames(issuer: string): string[] {
  const { hostname } = new URL(issuer)
  const parts = hostname.split('.')
  return ['sallyport', ...(parts.length > 1 ? parts.slice(0, -1) : parts)]
}

/**
 * The rules for new passwords: length, characters, no common password, and no name of the owner or the service. There
 * are no rules about composition and no expiry (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0 V6.2). The rules apply to
 * new passwords only; an existing password that breaks them still works.
 */
export function createPasswordRules({ minLength, issuer }: { minLength: number; issuer: string }) {
  const ofService = serviceNames(issuer).map(name => [name, 'the name of this service'] as const)

  /** Throws a 400 about `pointer`, with the reason, unless this owner may choose `password`. */
  return function assertAcceptable(password: string, pointer: string, { username, email }: PasswordOwner) {
    const normalized = password.normalize('NFC')
    if (!hasOnlyAllowedCharacters(normalized))
      throw invalidMember(pointer, 'has a control character or half a character', 'characters')
    if ([...normalized].length < minLength)
      throw invalidMember(pointer, `is shorter than ${minLength} characters`, 'length')
    if (Buffer.byteLength(normalized) > maxBytes)
      throw invalidMember(pointer, `is longer than ${maxBytes} bytes`, 'length')

    const folded = fold(normalized)
    if (isFirstGuess(folded))
      throw invalidMember(pointer, 'is one of the passwords that are tried first: take several words', 'common')

    const address = email ?? ''
    const known = [
      [username, 'the username'],
      [address.replace(/@.*/, ''), 'the e-mail address'],
      [address, 'the e-mail address'],
      ...ofService
    ] as const
    for (const [name, what] of known) {
      if (Buffer.byteLength(name) >= shortestName && folded.includes(fold(name)))
        throw invalidMember(pointer, `contains ${what}`, 'context')
    }
  }
}
