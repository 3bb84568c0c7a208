import type { Count } from '../../plot/bars.ts'
import { outcomeOf } from '../../plot/outcome.ts'

/** The counts of the overview, in the order in which it shows them. */
export const figures = ['logins', 'failures', 'throttled'] as const
export type Figures = Record<(typeof figures)[number], number>

/** The logins, the failed attempts, and those that were not examined because there were too many. */
export function figuresOf(counts: Count[]): Figures {
  const sums = { logins: 0, failures: 0, throttled: 0 }
  for (const { action, count } of counts) {
    if (action === 'login.succeeded') sums.logins += count
    else if (action === 'throttle.refused') sums.throttled += count
    else if (outcomeOf(action) === 'failed') sums.failures += count
  }
  return sums
}
