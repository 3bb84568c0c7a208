import { Problem } from '../../errors.ts'
import type { UserRow } from '../../store/users.ts'
import { describedOnce } from '../described-once.ts'
import { sha256 } from '../keys/secrets.ts'
import { describedUser } from './user-description.ts'

/** The entity tag of an account (RFC 9110 §8.8.3). It changes with everything that the API returns of the account. */
export const versionOf = describedOnce((user: UserRow) => `"${sha256(JSON.stringify(describedUser(user)))}"`)

/** The 412 for a change of an account that has changed since the caller read it. */
export const changedSince = () =>
  new Problem(412, 'This has changed since you read it: If-Match does not match. Read it again and retry.')

/**
 * Throws 412 when `ifMatch`, the header If-Match (RFC 9110 §13.1.1), names other versions only. A weak one counts,
 * since proxies that compress make them of ours.
 */
export function assertVersion(user: UserRow, ifMatch: string | undefined) {
  // Between the quotes of a list are only commas, blanks and `W/`, so this finds a member.
  if (ifMatch !== undefined && ifMatch !== '*' && !ifMatch.includes(versionOf(user))) throw changedSince()
}
