import { invalidMember } from '../base/errors.ts'

/** The rules for imported hashes. */
export interface HashRules {
  /** Why Sallyport cannot verify a hash, without quoting it; `undefined` when it can. */
  hashProblem: (hash: string) => string | undefined
  /** Makes a placeholder hash that matches no password. */
  unusableHash: () => string
}

/** The form of `unusableHash`; an export contains it for an account whose password was reset. */
const ownUnusable = /^![\w-]{43}$/

/** Whether a hash is that of an account without a password, here or in Django. */
export const matchesNoPassword = (hash: string) => hash.startsWith('!')

/**
 * The hash of an imported account. A hash that begins with an exclamation mark matches no password, as in Django; such
 * an account needs an address for a password reset. Throws a Problem about `/password_hash`.
 */
export function movedHash(
  hash: string | null,
  { hashProblem, unusableHash }: HashRules,
  { hasEmail }: { hasEmail: boolean }
): string {
  if (hash === null) throw invalidMember('/password_hash', 'is missing')
  if (ownUnusable.test(hash)) return hash
  if (matchesNoPassword(hash)) {
    if (!hasEmail) throw invalidMember('/password_hash', 'matches no password, and there is no email to reset it with')
    return unusableHash()
  }
  const problem = hashProblem(hash)
  if (problem !== undefined) throw invalidMember('/password_hash', problem)
  return hash
}
