import { describedOnce } from '../../base/described-once.ts'
import { Problem } from '../../base/errors.ts'
import { namesTag } from '../../base/http/entity-tags.ts'
import { sha256 } from '../../base/secrets.ts'
import type { UserRow } from '../../store/users.ts'
import { describedUser } from './user-description.ts'

/** The entity tag of an account (RFC 9110 §8.8.3). It changes with everything that the API returns of the account. */
export const versionOf = describedOnce((user: UserRow) => `"${sha256(JSON.stringify(describedUser(user)))}"`)

/** The 412 for a change of an account that has changed since the caller read it. */
export const changedSince = () =>
  new Problem(
    'precondition_failed',
    'This has changed since you read it: If-Match does not match. Read it again and retry.'
  )

/**
 * Throws 412 when `ifMatch`, the header If-Match, names other versions only, and 400 when it is no list of entity tags.
 * A weak tag counts, against RFC 9110 §13.1.1: proxies that compress make one of ours, and it has the same digest.
 */
export function assertVersion(user: UserRow, ifMatch: string | undefined) {
  if (ifMatch === undefined) return
  const isNamed = namesTag(ifMatch, versionOf(user))
  if (isNamed === undefined)
    throw new Problem('invalid_request', 'If-Match is * or a list of ETags, each in its quotes.')
  if (!isNamed) throw changedSince()
}
