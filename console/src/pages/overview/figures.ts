import type { Count } from '../../plot/bars.ts'
import { outcomeOf } from '../../plot/outcome.ts'

/** The counts of the overview, in its order, and the action of each; `refused` has several. */
export const figures = [
  { name: 'logins', action: 'login.succeeded' },
  { name: 'failures', action: 'login.failed' },
  { name: 'throttled', action: 'throttle.refused' },
  { name: 'refused', action: undefined }
] as const
export type Figures = Record<(typeof figures)[number]['name'], number>

/** How many of the events each figure has: `refused` those that failed or were refused, and are in no other figure. */
export function figuresOf(counts: Count[]): Figures {
  const sums = { logins: 0, failures: 0, throttled: 0, refused: 0 }
  for (const { action, count } of counts) {
    const figure = figures.find(one => one.action === action)
    if (figure) sums[figure.name] += count
    else if (outcomeOf(action) === 'failed') sums.refused += count
  }
  return sums
}
