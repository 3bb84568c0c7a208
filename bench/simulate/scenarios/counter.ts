import { afterFailure, type Counter, waitMs } from '../../../src/auth/throttle/backoff.ts'
import { arrivals } from '../core/arrivals.ts'
import { createClock } from '../core/clock.ts'
import { createRandom } from '../core/random.ts'
import { assumed } from '../model/assumptions.ts'
import { peakRates } from '../model/demand.ts'

/** The policy of the counter of all failures, in src/auth/throttle/throttle.ts. */
const policy = { free: 1000, forgiveMs: 100, longestMs: 5000 }

/**
 * The share of the right passwords from new address prefixes that are answered 429, because the counter of all failures
 * is above its limit, in the busiest hour. Failures beyond the usual share are an attack, which comes from new prefixes.
 * Refused attempts do not count as failures, and are not repeated.
 */
export function refusedByCounter(accounts: number, failedShare: number, seed = 1): number {
  const world = { clock: createClock(), random: createRandom(seed) }
  const { clock, random } = world
  const { logins, failures } = peakRates(accounts, failedShare)
  const [settled, end] = [1800, 3600]
  let counter: Counter | undefined
  let asked = 0
  let refused = 0
  const mustWait = () => counter !== undefined && waitMs(policy, counter, clock.now() * 1000) > 0
  // At a prefix with an earlier login to the account, this counter refuses nobody.
  const fail = (isNewPrefix: boolean) => {
    if (isNewPrefix && mustWait()) return
    counter = afterFailure(policy, counter, clock.now() * 1000)
  }
  const usual = Math.min(failures, peakRates(accounts).failures)
  arrivals(world, usual, end, () => fail(random.chance(assumed('newPrefixShare'))))
  arrivals(world, failures - usual, end, () => fail(true))
  arrivals(world, logins * assumed('newPrefixShare'), end, () => {
    if (clock.now() < settled) return
    asked++
    if (mustWait()) refused++
  })
  clock.runUntil(end)
  return asked === 0 ? 0 : refused / asked
}

/** Failures a second that the counter forgives. */
export const forgivenPerSecond = 1000 / policy.forgiveMs
