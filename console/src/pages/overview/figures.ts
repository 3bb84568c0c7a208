import type { Count } from '../../plot/bars.ts'
import { outcomeOf } from '../../plot/bars.ts'

/** The counts of the overview, in its order, and the action of each; `refused` has several. */
export const figures = [
  { name: 'logins', action: 'login.succeeded' },
  { name: 'failures', action: 'login.failed' },
  { name: 'throttled', action: 'throttle.refused' },
  { name: 'refused', action: undefined }
] as const
type Figures = Record<(typeof figures)[number]['name'], number>

/** The only action of the events that a figure counts; `undefined` if they have several or none. */
export function actionOf(name: keyof Figures, counts: Count[]): string | undefined {
  const known = figures.find(one => one.name === name)?.action
  const [action, ...others] = known ? [known] : new Set(counts.map(each => each.action).filter(isRefused))
  return others.length === 0 ? action : undefined
}

/** How many of the events each figure has: `refused` those that failed or were refused, and are in no other figure. */
export function figuresOf(counts: Count[]): Figures {
  const sums = { logins: 0, failures: 0, throttled: 0, refused: 0 }
  for (const { action, count } of counts) {
    const figure = figures.find(one => one.action === action)
    if (figure) sums[figure.name] += count
    else if (isRefused(action)) sums.refused += count
  }
  return sums
}

/** Whether events with this action count as refused. */
const isRefused = (action: string) =>
  outcomeOf(action) === 'failed' && !figures.some(figure => figure.action === action)
