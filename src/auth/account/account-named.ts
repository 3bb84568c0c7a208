import type { UserRow, UserStore } from '../../store/users.ts'
import { normalizeEmail, normalizeUsername } from './identifiers.ts'

/**
 * The account that a login names by its username or verified address, and the name for the counters of one that does
 * not exist: two spellings share it only if they would share an account, or their waits would tell whether one exists.
 */
export async function accountNamed(
  store: Pick<UserStore, 'byUsername' | 'byVerifiedEmail'>,
  username: string
): Promise<{ user: UserRow | undefined; unknownName: string }> {
  const name = normalizeUsername(username)
  // A name has no other form of the sign either: NFKC would make it an address that no look-up by name finds.
  if (!name.includes('@')) return { user: await store.byUsername(name), unknownName: name }
  const email = normalizeEmail(username)
  return { user: await store.byVerifiedEmail(email), unknownName: email }
}
