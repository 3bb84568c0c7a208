import { date, relative } from './intl.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]

/** How long before or after `now` is `at`, in words, within a month; otherwise its date. Both are in milliseconds. */
export function ageOf(at: number, now: number): string {
  const age = at - now
  const length = Math.abs(age)
  if (length < minute) return relative.format(0, 'second')
  if (length < hour) return relative.format(Math.trunc(age / minute), 'minute')
  if (length < day) return relative.format(Math.trunc(age / hour), 'hour')
  // "Yesterday" is a date, not 24 hours.
  if (length < 30 * day) return relative.format(Math.round((midnight(at) - midnight(now)) / day), 'day')
  return date.format(at)
}

const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0)
