import { type HashLibraries, type HashParts, hashForms } from './hash-forms.ts'

/**
 * The costs that are accepted, so that no one can plant a hash that takes minutes to check. The most expensive takes
 * seconds.
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

/** Why no password can be checked against `stored`, as the rest of a sentence about it; `undefined` when one can. */
export function hashProblem(stored: string): string | undefined {
  const hash = read(stored)
  if (!hash) return 'is in a form that is not known here'
  for (const [name, { least, most, what }] of Object.entries(limits)) {
    const value = hash.parts[name as keyof typeof limits] ?? least
    if (Number(value) < least || Number(value) > most)
      return `has a ${what} of ${shorten(String(value))}, which has to be from ${least} to ${most}`
  }
  return undefined
}

/** Shortens a number for a message, because the pattern of a hash accepts any number of digits. */
const shorten = (digits: string) => (digits.length > longestNumber ? `${digits.slice(0, longestNumber)}…` : digits)
const longestNumber = 16

/** Whether passwords can be checked against `stored`. */
export const isKnownHash = (stored: string) => hashProblem(stored) === undefined

/** Whether `password`, byte for byte, matches `stored`, which must be a known hash. */
export async function matchesHash(password: string, stored: string, libraries: HashLibraries): Promise<boolean> {
  const hash = read(stored)
  return hash ? hash.verify(password, hash.parts, libraries) : false
}
