/** How failures become a wait. Times are milliseconds. */
export interface Policy {
  /** The number of failures without a wait. The next one costs a second; each further failure doubles the wait. */
  free: number
  /** The time after which one failure is forgiven. */
  forgiveMs: number
  /** The longest wait. */
  longestMs: number
}

/** The time of the last failure, and the time when all failures are forgiven, in milliseconds since the epoch. */
export interface Counter {
  lastAt: number
  clearsAt: number
}

const firstWaitMs = 1000

/** The number of failures after which the wait stops growing. A counter never exceeds it. */
export const mostFailures = ({ free, longestMs }: Policy) => free + Math.ceil(Math.log2(longestMs / firstWaitMs))

/** The remaining wait for `counter` at `now`, in milliseconds; 0 when there is none. */
export function waitMs(policy: Policy, counter: Counter, now: number): number {
  const { lastAt, clearsAt } = counter
  // The clock was set back. Waiting until it catches up would lock users out.
  if (lastAt - now > policy.longestMs) return 0
  const failures = Math.min(Math.ceil((clearsAt - lastAt) / policy.forgiveMs), mostFailures(policy))
  if (failures < policy.free) return 0
  const wait = Math.min(firstWaitMs * 2 ** (failures - policy.free), policy.longestMs)
  return Math.max(0, lastAt + wait - now)
}

/** The counter after one more failure at `now`. */
export function afterFailure(policy: Policy, counter: Counter | undefined, now: number): Counter {
  const from = Math.max(counter?.clearsAt ?? now, now)
  const most = now + mostFailures(policy) * policy.forgiveMs
  return { lastAt: now, clearsAt: Math.min(from + policy.forgiveMs, most) }
}
