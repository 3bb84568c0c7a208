import { invalidMember } from '../../base/errors.ts'
import { pointerOf } from '../../base/strict-json.ts'
import type { UserRow } from '../../store/users.ts'
import { assertPortable, assertSize, type JsonObject } from './account-json.ts'
import { claimLists, nameProblem } from './claim-names.ts'

export type AccountClaims = ReturnType<typeof createAccountClaims>

/** The maximum size of `claims` as JSON, in bytes. */
export const maxClaimsBytes = 1024
/** The maximum length of an access token with the claims and all scopes of an account, in characters. */
export const maxTokenLength = 4096

/**
 * Throws a 400 about `/claims` unless access tokens can have these claims: no more than 1 KB of JSON, no name that the
 * server uses or that is registered for another purpose, and `roles`, `groups` and `entitlements` as arrays of strings.
 */
function assertClaims(claims: JsonObject) {
  assertPortable(claims, ['claims'])
  assertSize(claims, '/claims', maxClaimsBytes)
  for (const [name, value] of Object.entries(claims)) {
    const pointer = pointerOf(['claims', name])
    const problem = nameProblem(name)
    if (problem !== undefined) throw invalidMember(pointer, problem)
    if (claimLists.includes(name) && !(Array.isArray(value) && value.every(item => typeof item === 'string')))
      throw invalidMember(pointer, 'must be an array of strings')
  }
}

/** The rules for the claims of accounts. `tokenLength` is the longest access token of an account, in characters. */
export function createAccountClaims(tokenLength: (user: Pick<UserRow, 'username' | 'scopes' | 'claims'>) => number) {
  /**
   * Throws a 400 about `pointer` when an access token with the claims and all scopes of the account would have more
   * than 4 KB, since servers and proxies limit headers.
   */
  function assertFits(user: Pick<UserRow, 'username' | 'scopes' | 'claims'>, pointer = '/claims') {
    const length = tokenLength(user)
    if (Object.keys(user.claims).length > 0 && length > maxTokenLength)
      throw invalidMember(
        pointer,
        `would make access tokens of ${length} characters with all scopes and claims; ${maxTokenLength} is the most`
      )
  }

  return {
    assertFits,

    /** Throws a 400 about `/claims` unless the account can have its claims: by the rules for each, and all together. */
    assertAcceptable(user: Pick<UserRow, 'username' | 'scopes' | 'claims'>) {
      assertClaims(user.claims)
      assertFits(user)
    }
  }
}
