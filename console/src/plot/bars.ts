/** How many events with `action` the hour or day that begins `at` has. Two of them can be parts of one count. */
export interface Count {
  at: string
  action: string
  count: number
}

/** The range of a plot: the events from `since` to before `until`, by hour or day in UTC. Times in milliseconds. */
export interface Range {
  since: number
  until: number
  by: 'hour' | 'day'
}

type Sums = Record<Outcome | 'all', number>
/** The events of the hour or day that begins `at`. */
export type Bar = Sums & { at: number }

/** The length of an hour and a day in milliseconds. */
export const lengthOf = { hour: 3_600_000, day: 86_400_000 }

/** A bar for each hour or day of the range, also for those without events, the oldest first. */
export function barsOf(counts: Count[], { since, until, by }: Range): Bar[] {
  const length = lengthOf[by]
  const first = Math.floor(since / length)
  const bars = Array.from({ length: Math.max(0, Math.ceil(until / length) - first) }, (_, n) => ({
    at: (first + n) * length,
    ...nothing()
  }))
  for (const { at, action, count } of counts) {
    const bar = bars[Math.floor(Date.parse(at) / length) - first]
    if (bar) add(bar, outcomeOf(action), count)
  }
  return bars
}

/** The events of all bars together. */
export function sumOf(bars: Bar[]): Sums {
  const sums = nothing()
  for (const bar of bars) for (const outcome of outcomes) add(sums, outcome, bar[outcome])
  return sums
}

/** The count at the top of the plot, and those with a line: at most five, of which the first is 0. */
export function scaleOf(most: number): { top: number; lines: number[] } {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, most / 4)))
  const step = power * ([1, 2, 5].find(digit => most <= 4 * digit * power) ?? 10)
  const count = Math.max(1, Math.ceil(most / step))
  return { top: count * step, lines: Array.from({ length: count + 1 }, (_, line) => line * step) }
}

/** The number of bars for each label, of which the plot has at most eight. */
export const stepOf = (bars: number) => Math.max(1, Math.ceil(bars / 8))

/** The parts of a bar from the top, in percent of a plot that ends at the count `top`. */
export function heightsOf(bar: Bar, top: number) {
  let sum = 0
  const parts = outcomes.map(outcome => {
    sum += bar[outcome]
    return { outcome, y: 100 - (100 * sum) / top, height: (100 * bar[outcome]) / top }
  })
  return parts.filter(({ height }) => height > 0).reverse()
}

const nothing = (): Sums => ({ failed: 0, succeeded: 0, other: 0, all: 0 })

function add(sums: Sums, outcome: Outcome, count: number) {
  sums[outcome] += count
  sums.all += count
}

/** The outcomes of events, in the order in which bars are stacked from the bottom. */
export const outcomes = ['failed', 'succeeded', 'other'] as const
type Outcome = (typeof outcomes)[number]

const failures = /[._](failed|refused|reuse_detected)$/
const successes = new Set(['login.succeeded', 'session.stepped_up', 'token.refreshed', 'token.retried'])

/** Whether an event is a proof that failed or was refused, one that succeeded, or anything else, such as a change. */
export function outcomeOf(action: string): Outcome {
  if (failures.test(action)) return 'failed'
  return successes.has(action) ? 'succeeded' : 'other'
}
