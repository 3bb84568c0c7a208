import type { UserStore } from '../store/users.ts'
import type { MovedAccount } from './account.ts'
import { matchesNoPassword } from './moved-hash.ts'

type Holder = Awaited<ReturnType<UserStore['holders']>>[number]

/** The result of an import for an account, and the reason when it is skipped. */
export type Match = { result: 'created' | 'unchanged' } | { result: 'skipped'; reason: string }

/**
 * Compares accounts with the existing holders of their names. The same name does not mean the same account: while
 * registration is open, anyone can register the name and address of a person whose account is not imported yet.
 */
export function createMatcher(holders: Holder[]) {
  const byId = new Map(holders.map(holder => [holder.id, holder]))
  const byUsername = new Map(holders.map(holder => [holder.username, holder]))
  const verified = new Set(holders.filter(holder => holder.emailVerified).map(holder => holder.email))

  return (account: MovedAccount): Match => {
    const { id, username, email, emailVerified } = account.user
    if (account.keepsId && byId.has(id)) return { result: 'unchanged' }
    const namesake = byUsername.get(username)
    if (namesake && isSame(account, namesake)) return { result: 'unchanged' }
    if (namesake) return { result: 'skipped', reason: 'username is taken by an account with another password' }
    if (emailVerified && verified.has(email)) return { result: 'skipped', reason: 'email is taken' }
    return { result: 'created' }
  }
}

/** Whether the holder also has data that only the account of the source can have. */
function isSame({ user, keepsCreation }: MovedAccount, holder: Holder): boolean {
  if (holder.passwordHash === user.passwordHash) return true
  if (keepsCreation && holder.createdAt.getTime() === user.createdAt.getTime()) return true
  if (user.email === null || holder.email !== user.email) return false
  return holder.emailVerified || (matchesNoPassword(user.passwordHash) && isUnopened(holder))
}

/** Whether the account has no password and was never used, so that only a mailed link can open it. */
const isUnopened = ({ passwordHash, lastLoginAt }: Holder) => matchesNoPassword(passwordHash) && lastLoginAt === null
