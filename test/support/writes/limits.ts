import { type Policy, waitMs } from '../../../src/auth/throttle/backoff.ts'
import { createHourlyLimit } from '../../../src/auth/throttle/hourly-limit.ts'
import { type CounterName, countersWith } from '../../../src/auth/throttle/policies.ts'
import { afterAttempt, type Counter } from '../backoff-model.ts'

/** How many requests a long attack sends, more than any counter lets pass, and in how many seconds of the app's clock. */
const long = { requests: 80, seconds: 60 }
/** So few that an attack meets each limit. */
const lowest = { login: 11, registration: 3, refresh: 40 }
const counters = countersWith(lowest)
/** The settings of these. */
export const limits = { limits: Object.entries(lowest).map(limit => limit.join('=')) }

/** Counters of address prefixes: an attacker with two of them may do twice as much. */
const ofPrefix = new Set<string>(['prefix', 'known-prefix', 'credential', 'mail'])
export const isOfPrefix = (counter: Limit) => ofPrefix.has(nameOf(counter))
export const prefixes = 2

/** How many uses of the following counters are left when an attack begins: a test cannot send as many as they allow. */
export const left = 5
/** How many uses come before. */
export const usedBefore = counters.trusted.policy.most - left
/** The counter that forgives a use ten times a second: the clock stands still while it is attacked. */
const standsStill = (counter: Limit) => counter === 'trusted'

/** The least of many uses, of which a short attack makes the first and the last ones alone. */
const many = 20

/**
 * What bounds the writes of a way: a counter, or a word for another reason and how many requests may write then.
 */
export type Limit = CounterName | readonly [reason: string, most: number]
export const nameOf = (limit: Limit) => (typeof limit === 'string' ? limit : limit[0])

/** The requests of an attack that the policy lets pass, and the refusals that are recorded, one for each wait. */
function passing(policy: Policy, times: number[]) {
  let [counter, passed, recorded]: [Counter | undefined, number, Set<number>] = [undefined, 0, new Set()]
  for (const now of times) {
    if (counter && waitMs(policy, counter, now) > 0) recorded.add(counter.waitsUntil)
    else {
      counter = afterAttempt(policy, counter, now)
      passed++
    }
  }
  return passed + recorded.size
}

/** The most requests of `requests` from one address prefix, `stepMs` after each other, that may write. */
function mostOf(limit: Limit, requests: number, stepMs: number): number {
  if (typeof limit !== 'string') return limit[1]
  if (standsStill(limit)) return left
  const times = Array.from({ length: requests }, (_, at) => at * stepMs)
  if (limit === 'refresh') {
    const { take } = createHourlyLimit(lowest.refresh)
    return times.filter(now => take('one', now) === 0).length
  }
  return passing(counters[limit].policy, times)
}

/**
 * An attack from one address prefix: how many requests it sends, how many seconds after each other, and how many of
 * them may write. A short one comes at one moment and ends soon after its limit, of which it need not use up `spare`; a
 * long one takes a minute.
 */
export function attackOn(limit: Limit, isLong: boolean) {
  const sent = typeof limit === 'string' ? long.requests : Math.max(long.requests, limit[1] + 30)
  const seconds = isLong && !standsStill(limit) ? long.seconds / sent : 0
  const most = mostOf(limit, sent, seconds * 1000)
  // Four, because some ways take turns.
  const isStored = typeof limit === 'string' && !('inMemory' in counters[limit])
  const spare = isStored && !isLong && most > many ? most - many / 2 : 0
  return { requests: isLong ? sent : Math.max(most + 2, 4), seconds, most, spare }
}
