import { randomBytes } from 'node:crypto'
import { deriveKey, mac } from '../keys/secrets.ts'

export type RecoveryCodes = ReturnType<typeof createRecoveryCodes>

const count = 10
/** The alphabet of RFC 4648 §6: five bits for each character. */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const length = 16
const pattern = new RegExp(`^[${alphabet}]{${length}}$`)

/** Ten codes of 80 random bits each, in groups of four characters. */
export const generate = (): string[] => {
  const characters = () => Array.from(randomBytes(length), byte => alphabet[byte % alphabet.length]).join('')
  return Array.from({ length: count }, () => characters().replace(/.{4}(?=.)/g, '$&-'))
}

/**
 * Recovery codes, for users who have lost their second factors. Each works once. Only hashes are stored, with a key
 * from the secret, so that a copy of the database is not enough to guess a code (NIST SP 800-63B-4 §3.1.2).
 */
export function createRecoveryCodes(secret: string) {
  const key = deriveKey(secret, 'recovery-codes')

  /** The hash of a code of this user, however it is written; `undefined` for what cannot be a code. */
  function hashOf(userId: string, code: string): string | undefined {
    const characters = code.replace(/[\s-]/g, '').toUpperCase()
    return pattern.test(characters) ? mac(key, `${userId}\n${characters}`) : undefined
  }

  return {
    hashOf,

    /** New codes for this user, and their hashes. */
    create(userId: string): { codes: string[]; hashes: string[] } {
      const codes = generate()
      return { codes, hashes: codes.map(code => hashOf(userId, code) as string) }
    }
  }
}
