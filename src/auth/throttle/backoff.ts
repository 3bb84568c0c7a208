/** How a counter turns into a wait; times are milliseconds. */
export interface Policy {
  /** Failures that cost no wait; the one after them costs a second, and each more twice as long. */
  free: number
  /** After this long, one failure is forgiven. */
  forgiveMs: number
  /** No wait is longer. */
  longestMs: number
}

/** One counter: when the last failure was, and when all will be forgiven; milliseconds since the epoch. */
export interface Counter {
  lastAt: number
  clearsAt: number
}

const firstWaitMs = 1000

/** Failures past which the wait does not grow, and which a counter therefore never exceeds. */
export const mostFailures = ({ free, longestMs }: Policy) => free + Math.ceil(Math.log2(longestMs / firstWaitMs))

/** How long whoever `counter` is about has to wait at `now`: 0 when not at all. */
export function waitMs(policy: Policy, counter: Counter, now: number): number {
  const { lastAt, clearsAt } = counter
  // The clock has gone back: waiting until it has caught up would lock people out.
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
