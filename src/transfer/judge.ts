import type { UserStore } from '../store/users.ts'
import type { MovedAccount } from './account.ts'

type Holder = Awaited<ReturnType<UserStore['holders']>>[number]

/** What is to become of an account, and why where it is skipped. */
export type Verdict = { result: 'created' | 'unchanged' } | { result: 'skipped'; reason: string }

/**
 * Judges accounts by those who hold their names already. It is the same account when it has the same id, or the same
 * username together with the same hash or address: a hash is replaced at the first login.
 */
export function createJudge(holders: Holder[]) {
  const byId = new Map(holders.map(holder => [holder.id, holder]))
  const byUsername = new Map(holders.map(holder => [holder.username, holder]))
  const byEmail = new Map(holders.map(holder => [holder.email, holder]))

  return ({ user }: MovedAccount): Verdict => {
    const { email, passwordHash } = user
    const namesake = byUsername.get(user.username)
    const isSame = namesake?.passwordHash === passwordHash || (email !== null && namesake?.email === email)
    if (byId.has(user.id) || isSame) return { result: 'unchanged' }
    if (namesake) return { result: 'skipped', reason: 'username is taken' }
    if (email !== null && byEmail.has(email)) return { result: 'skipped', reason: 'email is taken' }
    return { result: 'created' }
  }
}
