import { randomBytes } from 'node:crypto'
import type { Secrets } from '../../base/sealing.ts'
import { equalInConstantTime, mac, randomSecret } from '../../base/secrets.ts'
import type { RecoveryCodeRow } from '../../store/second-factors.ts'
import { recoveryKeySealing } from '../keys/stored-secrets.ts'

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
 * Recovery codes, for users who have lost their second factors. Each works once. Only hashes are stored, and each
 * account has a key of its own for them, sealed, so that a copy of the database is not enough to guess a code
 * (NIST SP 800-63B-4 §3.1.2).
 */
export function createRecoveryCodes(secrets: Secrets) {
  const sealing = recoveryKeySealing(secrets)
  const hashOf = (key: string, userId: string, characters: string) => mac(Buffer.from(key), `${userId}\n${characters}`)

  return {
    /**
     * The hash of `code`, however it is written, among `rows`, the codes of one account; `undefined` for a wrong one.
     */
    find(code: string, rows: RecoveryCodeRow[]): string | undefined {
      const characters = code.replace(/[\s-]/g, '').toUpperCase()
      const [first] = rows
      if (!first || !pattern.test(characters)) return undefined
      const key = sealing.open(first.keySealed, first)?.text
      // No secret opens it.
      if (key === undefined) return undefined
      const hash = hashOf(key, first.userId, characters)
      return rows.find(row => equalInConstantTime(row.hash, hash))?.hash
    },

    /** New codes for this user, and their rows. */
    create(userId: string): { codes: string[]; rows: RecoveryCodeRow[] } {
      const [codes, key] = [generate(), randomSecret()]
      const keySealed = sealing.seal(key, { userId })
      const hashes = codes.map(code => hashOf(key, userId, code.replaceAll('-', '')))
      return { codes, rows: hashes.map(hash => ({ hash, userId, keySealed })) }
    }
  }
}
