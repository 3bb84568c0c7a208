/** How attempts become a wait. Times are milliseconds. */
export interface Policy {
  /** The number of attempts without a wait. The next one costs a second; each further attempt doubles the wait. */
  free: number
  /** The time after which one attempt is forgiven. */
  forgiveMs: number
  /** The longest wait. */
  longestMs: number
  /** The number of attempts from which the wait is the longest. A counter never exceeds it. */
  most: number
}

const firstWaitMs = 1000
const hourMs = 3_600_000

/**
 * The failures that right passwords forgive besides their own attempt: 10 milliseconds of a counter for each
 * millisecond since the last time, but of no more than an hour. Where a failure counts for an hour, that is ten
 * failures an hour.
 */
export const forgiveness = { rate: 10, withinMs: hourMs }

/** A policy whose wait doubles until it is the longest. */
export const doubling = ({ free, forgiveMs, longestMs }: Omit<Policy, 'most'>): Policy => ({
  free,
  forgiveMs,
  longestMs,
  most: free + Math.ceil(Math.log2(longestMs / firstWaitMs))
})

/** A policy that allows `most` attempts at once, and then one each `forgiveMs`. */
export const capped = ({ most, forgiveMs }: Pick<Policy, 'most' | 'forgiveMs'>): Policy => ({
  free: most,
  forgiveMs,
  longestMs: forgiveMs,
  most
})

/** A policy that allows `most` attempts at once, and as many an hour. */
export const perHour = (most: number): Policy =>
  doubling({ free: most, forgiveMs: Math.ceil(hourMs / most), longestMs: hourMs / 4 })

/** The same in memory, where no wait grows. */
export const evenly = (most: number): Policy => capped({ most, forgiveMs: hourMs / most })

/**
 * The remaining wait at `now`, in milliseconds; 0 when there is none. A wait of more than twice the longest is from
 * before the clock was set back. Waiting until the clock catches up would lock users out.
 */
export function waitMs({ longestMs }: Policy, { waitsUntil }: { waitsUntil: number }, now: number): number {
  const wait = waitsUntil - now
  return wait > 2 * longestMs ? 0 : Math.max(0, wait)
}

/** A counter after its first attempt, at `now`. src/store/throttle.ts counts the attempts after it. */
export const firstAttempt = ({ free, forgiveMs, longestMs, most }: Policy, now: number) => ({
  /** The time at which all attempts are forgiven, in milliseconds since the epoch. */
  clearsAt: now + forgiveMs,
  /** The end of the wait. */
  waitsUntil: free > 1 ? 0 : now + (most > 1 ? firstWaitMs : longestMs),
  /** The time up to which right passwords have used `forgiveness`. */
  forgivenAt: now - forgiveness.withinMs
})
