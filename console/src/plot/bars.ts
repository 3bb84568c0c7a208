import { type Outcome, outcomeOf } from './outcome.ts'

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

export type Sums = Record<Outcome | 'all', number>
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
  for (const { failed, succeeded, other } of bars) {
    add(sums, 'failed', failed)
    add(sums, 'succeeded', succeeded)
    add(sums, 'other', other)
  }
  return sums
}

const nothing = (): Sums => ({ failed: 0, succeeded: 0, other: 0, all: 0 })

function add(sums: Sums, outcome: Outcome, count: number) {
  sums[outcome] += count
  sums.all += count
}
