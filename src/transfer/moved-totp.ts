import { invalidMember } from '../base/errors.ts'

/** The 10 to 64 bytes of a secret in base32 (RFC 4648 §6) without padding. Other applications make 10, 16, 20 or 32. */
const form = /^[A-Z2-7]{16,103}$/

/**
 * The secret of an authenticator app of SHA-1, six digits and 30 seconds (RFC 6238), in base32 as its owner may have
 * typed it. Throws a Problem about any other text, without quoting it.
 */
export function movedTotpSecret(text: string | null): string | null {
  if (text === null) return null
  const secret = text.toUpperCase().replace(/[\s-]|=+$/g, '')
  if (!form.test(secret)) throw invalidMember('/totp_secret', 'is not a secret of 10 to 64 bytes in base32')
  return secret
}
