import type { UserRow, UserStore } from '../../store/users.ts'
import { normalizeEmail, normalizeUsername } from './identifiers.ts'

/**
 * The account that a login names by its username or verified address, and the name for the counters of one that does
 * not exist.
 */
export async function accountNamed(
  store: Pick<UserStore, 'byUsername' | 'byVerifiedEmail'>,
  username: string
): Promise<{ user: UserRow | undefined; unknownName: string }> {
  const user = username.includes('@')
    ? await store.byVerifiedEmail(normalizeEmail(username))
    : await store.byUsername(normalizeUsername(username))
  return { user, unknownName: normalizeUsername(username) }
}
