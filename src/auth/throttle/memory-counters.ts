import { afterFailure, type Counter, type Policy } from './backoff.ts'

export type MemoryCounters = ReturnType<typeof createMemoryCounters>

/** Up to `most` counters in memory, for when the store fails. When full, the oldest counters are dropped. */
export function createMemoryCounters(most = 10_000) {
  const counters = new Map<string, Counter>()

  return {
    /** The existing counters of `keys`. */
    counters: (keys: string[]) =>
      keys.flatMap(key => {
        const counter = counters.get(key)
        return counter ? [{ key, ...counter }] : []
      }),

    /** Counts a failure at `now`, in milliseconds since the epoch. */
    count(key: string, policy: Policy, now: number) {
      const counter = afterFailure(policy, counters.get(key), now)
      // Deleted first, so that the map is ordered by last failure.
      counters.delete(key)
      counters.set(key, counter)
      const [oldest = key] = counters.keys()
      if (counters.size > most) counters.delete(oldest)
    }
  }
}
