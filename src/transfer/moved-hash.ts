import { invalidMember } from '../errors.ts'

/** What is known about hashes here. */
export interface HashRules {
  /** Why a hash cannot be checked here, without the hash; `undefined` when it can. */
  hashProblem: (hash: string) => string | undefined
  /** Makes what stands in the place of a hash and is that of no password. */
  unusableHash: () => string
}

/** What `unusableHash` makes, as an export has it of an account whose password was taken away. */
const ownUnusable = /^![\w-]{43}$/

/**
 * The hash that an account has here. One that begins with an exclamation mark is that of no password, as Django writes it
 * too; its owner has to have an address to set one by. Throws a Problem about `/password_hash`.
 */
export function movedHash(
  hash: string | null,
  { hashProblem, unusableHash }: HashRules,
  { hasEmail }: { hasEmail: boolean }
): string {
  if (hash === null) throw invalidMember('/password_hash', 'is missing')
  if (ownUnusable.test(hash)) return hash
  if (hash.startsWith('!')) {
    if (!hasEmail) throw invalidMember('/password_hash', 'is that of no password, and there is no email to set one by')
    return unusableHash()
  }
  const problem = hashProblem(hash)
  if (problem !== undefined) throw invalidMember('/password_hash', problem)
  return hash
}
