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

/** The time at which all attempts are forgiven, and the end of the wait, in milliseconds since the epoch. */
export interface Counter {
  clearsAt: number
  waitsUntil: number
  /** The time up to which right passwords have used what they may forgive; `forgiveness` says how much that is. */
  forgivenAt: number
}

const firstWaitMs = 1000
const hourMs = 3_600_000

/**
 * What right passwords forgive besides their own attempt: 10 milliseconds of a counter for each millisecond since
 * `forgivenAt`, but of no more than an hour. Where a failure counts for an hour, that is ten failures an hour.
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

/**
 * The remaining wait for `counter` at `now`, in milliseconds; 0 when there is none. A wait of more than twice the
 * longest is from before the clock was set back. Waiting until the clock catches up would lock users out.
 */
export function waitMs({ longestMs }: Policy, { waitsUntil }: Counter, now: number): number {
  const wait = waitsUntil - now
  return wait > 2 * longestMs ? 0 : Math.max(0, wait)
}

/** The counter after one more attempt at `now`. */
export function afterAttempt(policy: Policy, counter: Counter | undefined, now: number): Counter {
  const { free, forgiveMs, longestMs, most } = policy
  const before = counter?.clearsAt ?? now
  // More than twice what a counter can have is from before the clock was set back, as in `waitMs`.
  const from = before > now + 2 * most * forgiveMs ? now : Math.max(before, now)
  const clearsAt = Math.min(from + forgiveMs, now + most * forgiveMs)
  const attempts = Math.ceil((clearsAt - now) / forgiveMs)
  const wait = attempts >= most ? longestMs : firstWaitMs * 2 ** (attempts - free)
  const { forgivenAt = now - forgiveness.withinMs } = counter ?? {}
  return { clearsAt, waitsUntil: attempts < free ? 0 : now + wait, forgivenAt }
}

/**
 * The counter without the attempt that made it wait until `waitsUntil`: that wait ends, unless a later attempt has
 * replaced it. With `forgives`, the right password forgives earlier failures too.
 */
export function withoutAttempt(
  { forgiveMs }: Policy,
  counter: Counter,
  { waitsUntil, forgives = false }: { waitsUntil: number; forgives?: boolean },
  now: number
): Counter {
  const clearsAt = counter.clearsAt - forgiveMs
  const since = Math.min(Math.max(counter.forgivenAt, now - forgiveness.withinMs), now)
  const used = forgives ? Math.max(0, Math.min(clearsAt - now, (now - since) * forgiveness.rate)) : 0
  return {
    clearsAt: clearsAt - used,
    waitsUntil: counter.waitsUntil === waitsUntil ? 0 : counter.waitsUntil,
    forgivenAt: forgives ? since + Math.ceil(used / forgiveness.rate) : counter.forgivenAt
  }
}
