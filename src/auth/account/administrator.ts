import { Problem } from '../../base/errors.ts'
import type { Origin } from '../audit-events.ts'

/**
 * The caller of an administrative operation, and the scopes of its access token. Without `scopes`, as on the command
 * line, the caller may grant every scope.
 */
export interface Administrator extends Origin {
  scopes?: string[]
}

/**
 * Throws 403 unless the administrator has every scope in `granted`. Administrators cannot grant scopes that they do not
 * hold, nor give them back. `act` says what is refused, before the name of a scope.
 */
export function assertHolds({ scopes }: Administrator, granted: string[], act = 'grant') {
  const lacking = scopes && granted.find(scope => !scopes.includes(scope))
  if (lacking !== undefined) {
    throw new Problem(
      'insufficient_scope',
      `You cannot ${act} the scope ${lacking}, because your access token does not have it.`
    )
  }
}
