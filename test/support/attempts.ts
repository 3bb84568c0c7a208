import type { LoginProof } from '../../src/auth/sessions/sessions.ts'
import { afterAttempt, doubling, type Policy } from '../../src/auth/throttle/backoff.ts'
import type { Attempt } from '../../src/store/throttle.ts'

/** The policy of the counters `known` and `account`. */
export const policy: Policy = doubling({ free: 10, forgiveMs: 3_600_000, longestMs: 900_000 })

/** The row of a first attempt at `now`, as src/auth/throttle/throttle.ts gives it to the store. */
export function attempt(key: string, now: number, own: Policy = policy): Attempt {
  const { waitsUntil, forgivenAt } = afterAttempt(own, undefined, now)
  return { key, ...own, waitsUntil, forgivenAt }
}

/**
 * The proof of a login with a password from `prefix`, where the account has not logged in before. Nothing is counted.
 */
export const uncounted = (prefix = 'unknown'): LoginProof => ({
  amr: ['pwd'],
  use: { spent: [] },
  asks: { prefix, account: 'alice', isKnown: false },
  attempts: []
})
