import type { UserRow } from '../../store/users.ts'
import type { Client } from '../clients/clients.ts'
import { enrolScope, grantNewScope } from '../scopes.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'

/**
 * The scopes of a login. An account that has to enrol a second factor first gets the scope for that, and no other.
 * Throws `invalid_scope`.
 */
export const grantToUser = (
  policy: SecondFactorPolicy,
  user: Pick<UserRow, 'scopes' | 'secondFactorAt'>,
  client: Pick<Client, 'scopes'>,
  asked: string | undefined
): string[] => (policy.mustEnrol(user) ? [enrolScope] : grantNewScope(asked, user.scopes, client.scopes))
