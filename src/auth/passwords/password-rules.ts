import type { PasswordRules } from '../../../routes/password.ts'
import { invalidMember } from '../../base/errors.ts'
import { hasOnlyAllowedCharacters } from './characters.ts'
import { isFirstGuess } from './common-passwords.ts'
import { maxPasswordBytes, passwordForm } from './password-form.ts'

/** The names of the owner of a new password. */
export interface PasswordOwner {
  /** In canonical form. */
  username: string
  email: string | null
}

/**
 * The shortest name to look for, in bytes of UTF-8. Shorter names, such as `al` and `bob`, occur in too many words. Two
 * Chinese characters have six bytes.
 */
const shortestName = 4
const isLongEnough = (name: string) => Buffer.byteLength(name) >= shortestName
/** The canonical form for comparing passwords, names and the list. */
const fold = (text: string) => text.normalize('NFKC').toLowerCase()

/** The names of the service: Sallyport, and each label of the issuer's host except the top-level domain. */
function serviceNames(issuer: string): string[] {
  const { hostname } = new URL(issuer)
  const parts = hostname.split('.')
  const names = ['sallyport', ...(parts.length > 1 ? parts.slice(0, -1) : parts)]
  return [...new Set(names.filter(isLongEnough))]
}

/**
 * The rules for new passwords: length, characters, no common password, and no name of the owner or the service. There
 * are no composition rules and no expiry (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 5.0 V6.2). Existing passwords that
 * break the rules still work.
 */
export function createPasswordRules({ minLength, issuer }: { minLength: number; issuer: string }) {
  const excludes = serviceNames(issuer)
  const rules: PasswordRules = { min_length: minLength, max_bytes: maxPasswordBytes, excludes }
  const ofService = excludes.map(name => [name, 'the name of this service'] as const)

  /** Whether `password` is longer than a new one may be. */
  const isTooLong = (password: string) => Buffer.byteLength(passwordForm(password)) > maxPasswordBytes

  /** Throws a 400 about `pointer`, with a reason, unless this owner may choose `password`. */
  function assertAcceptable(password: string, pointer: string, { username, email }: PasswordOwner) {
    const normalized = passwordForm(password)
    if (!hasOnlyAllowedCharacters(normalized))
      throw invalidMember(pointer, 'contains a control character or an unpaired surrogate', 'characters')
    if ([...normalized].length < minLength)
      throw invalidMember(pointer, `is shorter than ${minLength} characters`, 'length')
    if (Buffer.byteLength(normalized) > maxPasswordBytes)
      throw invalidMember(pointer, `is longer than ${maxPasswordBytes} bytes`, 'length')

    const folded = fold(normalized)
    if (isFirstGuess(folded)) throw invalidMember(pointer, 'is too common; use several unrelated words', 'common')

    const address = email ?? ''
    const known = [
      [username, 'the username'],
      [address.replace(/@.*/, ''), 'the e-mail address'],
      [address, 'the e-mail address'],
      ...ofService
    ] as const
    for (const [name, what] of known) {
      if (isLongEnough(name) && folded.includes(fold(name))) throw invalidMember(pointer, `contains ${what}`, 'context')
    }
  }

  return { rules, isTooLong, assertAcceptable }
}
