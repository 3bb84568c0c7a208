import { randomBytes } from 'node:crypto'
import { costOf, decoyHash, hashPassword } from './bcrypt-sha256.ts'
import type { HashLibraries } from './hash-form.ts'

/** The form of new hashes. */
export interface NewHashes {
  /** The hash of a password, with a new salt. */
  hash(password: string): Promise<string>
  /** A hash that no password matches. Checking a password against it takes as long as against a real hash. */
  decoy: string
  /** Whether `stored` has this form, and at least its cost. */
  isCurrent(stored: string): boolean
}

/** The cost of Argon2id: memory in KiB, passes and lanes (OWASP Password Storage Cheat Sheet, as of May 2026). */
const argon2Cost = { memory: 19_456, passes: 2, lanes: 1 }
const algorithmId = 2
const digestBytes = 32

const argon2Form = /^\$argon2id\$v=19\$m=(?<memory>\d+),t=(?<passes>\d+),p=(?<lanes>\d+)\$/

/** A hash in the standard format of Argon2, base64 without padding. */
function writtenArgon2(salt: Uint8Array, digest: Uint8Array): string {
  const { memory, passes, lanes } = argon2Cost
  const [saltText, digestText] = [salt, digest].map(bytes => Buffer.from(bytes).toString('base64').replace(/=+$/, ''))
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${saltText}$${digestText}`
}

/** The new hashes of the setting `PASSWORD_HASH`. */
export function createNewHashes(
  { bcrypt, argon2 }: HashLibraries,
  { passwordHash, bcryptCost }: { passwordHash: 'bcrypt' | 'argon2id'; bcryptCost: number }
): NewHashes {
  if (passwordHash === 'bcrypt')
    return {
      hash: password => hashPassword(bcrypt, password, bcryptCost),
      decoy: decoyHash(bcryptCost),
      isCurrent: stored => Number(costOf(stored) ?? 0) >= bcryptCost
    }
  const { memory, passes, lanes } = argon2Cost
  return {
    async hash(password) {
      const salt = randomBytes(16)
      const cost = { memoryCost: memory, timeCost: passes, parallelism: lanes }
      return writtenArgon2(
        salt,
        await argon2.hashRaw(password, { algorithm: algorithmId, ...cost, salt, outputLen: digestBytes })
      )
    },
    decoy: writtenArgon2(Buffer.alloc(16), Buffer.alloc(digestBytes)),
    isCurrent(stored) {
      const cost = argon2Form.exec(stored)?.groups
      return cost !== undefined && Number(cost.memory) >= memory && Number(cost.passes) >= passes
    }
  }
}
