import { forgiveness, type Policy } from '../../src/auth/throttle/backoff.ts'

// The rules that src/store/throttle.ts has in SQL, for the tests that compare the two.

/** The time at which all attempts are forgiven, and the end of the wait, in milliseconds since the epoch. */
export interface Counter {
  clearsAt: number
  waitsUntil: number
  /** The time up to which right passwords have used what they may forgive; `forgiveness` says how much that is. */
  forgivenAt: number
}

const firstWaitMs = 1000

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
