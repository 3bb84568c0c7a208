import type { HashLibraries, HashParts } from './hash-form.ts'
import { hashForms } from './hash-forms.ts'
import { scryptProblem } from './scrypt-forms.ts'

/**
 * The accepted costs. Without a limit, an imported hash could take minutes to check; the most expensive accepted hash
 * takes seconds.
 */
const limits = {
  cost: { least: 4, most: 16, what: 'bcrypt cost' },
  iterations: { least: 1, most: 10_000_000, what: 'number of PBKDF2 iterations' },
  // Argon2 requires 8 KiB for each lane.
  memory: { least: 128, most: 256 * 1024, what: 'number of KiB for Argon2' },
  passes: { least: 1, most: 10, what: 'number of Argon2 passes' },
  lanes: { least: 1, most: 16, what: 'number of Argon2 lanes' }
} as const

function read(stored: string) {
  for (const { pattern, verify } of hashForms) {
    const parts = pattern.exec(stored)?.groups
    if (parts) return { verify, parts: parts as HashParts }
  }
  return undefined
}

/** The reason why `stored` is not supported, as a predicate ("has an unsupported format"), or `undefined`. */
export function hashProblem(stored: string): string | undefined {
  const hash = read(stored)
  if (!hash) return 'has an unsupported format'
  for (const [name, { least, most, what }] of Object.entries(limits)) {
    const value = hash.parts[name as keyof typeof limits] ?? least
    if (Number(value) < least || Number(value) > most)
      return `has a ${what} of ${shorten(String(value))}, which must be from ${least} to ${most}`
  }
  return scryptProblem(hash.parts)
}

/** Shortens a number for a message. The patterns accept any number of digits. */
const shorten = (digits: string) => (digits.length > longestNumber ? `${digits.slice(0, longestNumber)}…` : digits)
const longestNumber = 16

/** Whether passwords can be checked against `stored`. */
export const isKnownHash = (stored: string) => hashProblem(stored) === undefined

/** Whether `password`, byte for byte, matches `stored`, which must be a known hash. */
export async function matchesHash(password: string, stored: string, libraries: HashLibraries): Promise<boolean> {
  const hash = read(stored)
  return hash ? hash.verify(password, hash.parts, libraries) : false
}
