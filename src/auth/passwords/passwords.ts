import { randomSecret } from '../keys/secrets.ts'
import { type Bcrypt, costOf, decoyHash, hashPassword } from './bcrypt-sha256.ts'
import { hasOnlyAllowedCharacters } from './characters.ts'
import type { Argon2 } from './hash-forms.ts'
import type { HashQueue } from './hash-queue.ts'
import { createPasswordRules } from './password-rules.ts'
import { isKnownHash, matchesHash } from './stored-hashes.ts'

export type Passwords = ReturnType<typeof createPasswords>

/** Hashing and checking of passwords, and the rules for new ones; `issuer` is what the rules know the service by. */
export function createPasswords(deps: {
  bcrypt: Bcrypt
  argon2: Argon2
  queue: HashQueue
  cost: number
  minLength: number
  issuer: string
}) {
  const { bcrypt, argon2, queue, cost, minLength, issuer } = deps
  const libraries = { bcrypt, argon2 }
  const decoy = decoyHash(cost)

  async function matches(password: string, stored: string): Promise<boolean> {
    const normalized = password.normalize('NFC')
    if (await matchesHash(normalized, stored, libraries)) return true
    // Other applications hashed what they were sent, in whatever form that was.
    return password !== normalized && matchesHash(password, stored, libraries)
  }

  return {
    /** Rejects with 503 when too many wait already, before anything else is spent on the request. */
    assertRoom: () => queue.assertRoom(),

    /** The hash of `password` (NFC) at the configured cost. Throws 503 when too many wait. */
    hash: (password: string, signal?: AbortSignal) =>
      queue.run(() => hashPassword(bcrypt, password.normalize('NFC'), cost), signal),

    /** Waits for a turn to call `verify`, and resolves to what ends it. Rejects with 503 when too many wait. */
    takeTurn: queue.takeTurn,

    /**
     * Whether `password`, in NFC or as it is, is the one of `stored`; to be called in a turn. `undefined` stands for a user
     * who does not exist. It costs one hash at the configured cost, and so does a hash of an unknown form.
     */
    async verify(password: string, stored: string | undefined): Promise<boolean> {
      // bcrypt reads `pw` and `pw NUL pw` as one, so a character that no password can have is never right.
      if (!hasOnlyAllowedCharacters(password)) return false
      const hash = stored !== undefined && isKnownHash(stored) ? stored : decoy
      return (await matches(password, hash)) && hash !== decoy
    },

    /** Stands in for a hash, and no password has it; a new one each time. */
    unusable: () => `!${randomSecret()}`,

    /** Whether `stored` may be the hash of a password. */
    isUsable: (stored: string) => !stored.startsWith('!'),

    /** Whether `stored` is of another form or a lower cost than new hashes are. */
    needsRehash: (stored: string) => Number(costOf(stored) ?? 0) < cost,

    assertAcceptable: createPasswordRules({ minLength, issuer })
  }
}
