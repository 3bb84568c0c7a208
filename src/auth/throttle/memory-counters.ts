import type { Taken } from '../../store/throttle.ts'
import { afterAttempt, type Counter, type Policy, waitMs, withoutAttempt } from './backoff.ts'

export type MemoryCounters = ReturnType<typeof createMemoryCounters>

/** Up to `most` counters in memory, for when the store fails. When full, the oldest counters are dropped. */
export function createMemoryCounters(most = 10_000) {
  const counters = new Map<string, Counter>()

  function set(key: string, counter: Counter) {
    // Deleted first, so that the map is ordered by last attempt.
    counters.delete(key)
    counters.set(key, counter)
    const [oldest = key] = counters.keys()
    if (counters.size > most) counters.delete(oldest)
  }

  return {
    /** The existing counters of `keys`. */
    counters: (keys: string[]) =>
      keys.flatMap(key => {
        const counter = counters.get(key)
        return counter ? [{ key, ...counter }] : []
      }),

    /**
     * Counts an attempt at `now`, in milliseconds since the epoch, in all of `attempts`. Resolves to fewer than all
     * when one of them imposes a wait, and then counts nothing.
     */
    take(attempts: (Policy & { key: string })[], now: number): { key: string; waitsUntil: number }[] {
      const due = attempts.filter(({ key, ...policy }) => {
        const counter = counters.get(key)
        return counter === undefined || waitMs(policy, counter, now) === 0
      })
      if (due.length < attempts.length) return due.map(({ key }) => ({ key, waitsUntil: 0 }))
      return attempts.map(({ key, ...policy }) => {
        const counter = afterAttempt(policy, counters.get(key), now)
        set(key, counter)
        return { key, waitsUntil: counter.waitsUntil }
      })
    },

    /** Undoes `take` for an attempt with the right password. */
    giveBack(taken: (Taken & { policy: Policy })[], now: number) {
      for (const { key, policy, waitsUntil, forgives, forgivesAll } of taken) {
        const counter = counters.get(key)
        if (!counter) continue
        if (forgivesAll) counters.delete(key)
        else counters.set(key, withoutAttempt(policy, counter, { waitsUntil, forgives: forgives !== undefined }, now))
      }
    }
  }
}
