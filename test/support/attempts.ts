import type { ShownFactor } from '../../src/auth/login-attempt.ts'
import { doubling, firstAttempt, type Policy } from '../../src/auth/throttle/backoff.ts'
import type { NewAttempt } from '../../src/store/throttle.ts'

/** The policy of the counters `known` and `account`. */
export const policy: Policy = doubling({ free: 10, forgiveMs: 3_600_000, longestMs: 900_000 })

/** The row of a first attempt at `now`, as src/auth/throttle/counters.ts makes it. */
export const attempt = (key: string, now: number, own: Policy = policy): NewAttempt => ({
  key,
  ...own,
  ...firstAttempt(own, now)
})

/** The password as the only factor of a login. Nothing was counted. */
export const uncounted = (): ShownFactor => ({ amr: ['pwd'], use: { spent: [] } })
