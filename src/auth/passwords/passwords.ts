import { invalidMember } from '../../base/errors.ts'
import { randomSecret } from '../../base/secrets.ts'
import type { HashLibraries } from '../hashing/hash-form.ts'
import type { HashQueue } from '../hashing/hash-queue.ts'
import type { TurnRequest } from '../hashing/hash-turn.ts'
import type { NewHashes } from '../hashing/new-hashes.ts'
import { isKnownHash, matchesHash } from '../hashing/stored-hashes.ts'
import type { BreachCheck } from './breach-check.ts'
import { hasOnlyAllowedCharacters } from './characters.ts'
import { passwordForm } from './password-form.ts'
import { createPasswordRules } from './password-rules.ts'

export type Passwords = ReturnType<typeof createPasswords>

/** Whether `password`, in NFC or as given, fits the hash. */
export async function matchesPassword(password: string, hash: string, libraries: HashLibraries): Promise<boolean> {
  const normalized = passwordForm(password)
  if (await matchesHash(normalized, hash, libraries)) return true
  // Other applications may have hashed the password without normalization.
  return password !== normalized && matchesHash(password, hash, libraries)
}

/** Hashes and checks passwords, and applies the rules for new ones, which also reject the names in `issuer`. */
export function createPasswords(deps: {
  libraries: HashLibraries
  newHashes: NewHashes
  queue: HashQueue
  minLength: number
  issuer: string
  isBreached: BreachCheck
}) {
  const { libraries, newHashes, queue, minLength, issuer, isBreached } = deps
  const { decoy } = newHashes

  const hash = (password: string, caller?: TurnRequest) =>
    queue.run(() => newHashes.hash(passwordForm(password)), caller)

  return {
    /**
     * Rejects with 503 when too many hashes are waiting for one from the address prefix. Call it before other work for
     * the request.
     */
    assertRoom: queue.assertRoom,

    /** Hashes `password` (NFC) at the configured cost. Throws 503 when too many hashes are waiting. */
    hash,

    /**
     * The hash of a new password, after `assertAcceptable`. Call it after the counters of the caller, because it may
     * ask another server. Throws a 400 about `pointer` when the password is in a list of breaches, and what `hash`
     * throws.
     */
    async hashNew(password: string, pointer: string, caller?: TurnRequest): Promise<string> {
      if (await isBreached?.(passwordForm(password)))
        throw invalidMember(pointer, 'is in a list of passwords from data breaches; choose another', 'breached')
      return hash(password, caller)
    },

    /**
     * Waits for a turn to call `verify`, prepared by work that may begin while others hash. Rejects with the error of
     * that work, and with 503 when too many hashes are waiting.
     */
    takeTurn: queue.takeTurn,

    /**
     * Whether `password`, in NFC or as given, matches `stored`. Call it in a turn. `stored` is `undefined` when the
     * user does not exist. Such a check, or one against an unknown format, takes one hash at the configured cost.
     */
    async verify(password: string, stored: string | undefined): Promise<boolean> {
      // bcrypt treats `pw` and `pw NUL pw` as the same password, so a password with a character that is not allowed
      // never matches.
      if (!hasOnlyAllowedCharacters(password)) return false
      const hash = stored !== undefined && isKnownHash(stored) ? stored : decoy
      return (await matchesPassword(password, hash, libraries)) && hash !== decoy
    },

    /** A new placeholder instead of a hash, which no password matches. */
    unusable: () => `!${randomSecret()}`,

    /** Whether `stored` is not a placeholder from `unusable`. */
    isUsable: (stored: string) => !stored.startsWith('!'),

    /** Whether `stored` has another format or a lower cost than new hashes. */
    needsRehash: (stored: string) => !newHashes.isCurrent(stored),

    ...createPasswordRules({ minLength, issuer }),

    /** The current number of running and waiting hashes. */
    queueState: queue.state
  }
}
