import { isDeepStrictEqual } from 'node:util'
import type { AccountChange } from '../../../routes/user-admin.ts'
import type { UserRow } from '../../store/users.ts'
import { assertPortable, type JsonObject, merged } from '../account/account-json.ts'
import { claimLists } from '../account/claim-names.ts'
import type { AuditAction } from '../audit-events.ts'

/** The parts of an account that administrators change. */
export type Administered = Pick<UserRow, 'disabled' | 'scopes' | 'claims'>

/** The account after a change. Throws a 400 about a member of `claims` that cannot be stored. */
export function accountAfter(user: Administered, { disabled, scopes, claims }: AccountChange): Administered {
  // Checked before the merge, which goes as deep as the patch.
  assertPortable(claims, ['claims'])
  return {
    disabled: disabled ?? user.disabled,
    scopes: scopes ? [...new Set(scopes)] : user.scopes,
    claims: claims === undefined ? user.claims : merged(user.claims, claims)
  }
}

/** The changes of an account, for the audit trail. */
export function changesOf(before: Administered, after: Administered): { action: AuditAction; detail: Detail }[] {
  const scopes = after.scopes.join(' ')
  const claims = claimsDetail(before.claims, after.claims)
  return [
    ...(after.disabled === before.disabled
      ? []
      : [{ action: after.disabled ? 'user.disabled' : 'user.enabled', detail: {} } as const]),
    ...(scopes === before.scopes.join(' ') ? [] : [{ action: 'user.scopes_changed', detail: { scopes } } as const]),
    ...(claims.claims === undefined ? [] : [{ action: 'user.claims_changed', detail: claims } as const])
  ]
}

/**
 * The names of the claims that differ, and the new values of those that give rights, in JSON. Other values may be
 * personal, and the trail outlives the account.
 */
export function claimsDetail(before: JsonObject, after: JsonObject): Detail {
  const names = Object.keys({ ...before, ...after }).filter(name => !isDeepStrictEqual(before[name], after[name]))
  if (names.length === 0) return {}
  const rights = claimLists.filter(name => names.includes(name))
  return {
    claims: names.join(' '),
    ...Object.fromEntries(rights.map(name => [name, JSON.stringify(after[name] ?? [])]))
  }
}

type Detail = Record<string, string>
