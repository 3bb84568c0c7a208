import { Problem } from '../../errors.ts'
import type { Origin } from '../audit/audit-events.ts'

/** Who administers, and the scopes of the access token they do it with; an operator at the machine has none, and no limit. */
export interface Administrator extends Origin {
  scopes?: string[]
}

/** Throws 403 unless `by` has every scope of `granted`: nobody passes on what they do not hold. */
export function assertHolds({ scopes }: Administrator, granted: string[]) {
  const lacking = scopes && granted.find(scope => !scopes.includes(scope))
  if (lacking !== undefined) {
    throw new Problem(403, `You cannot pass on the scope ${lacking}: your own access token does not have it.`)
  }
}
