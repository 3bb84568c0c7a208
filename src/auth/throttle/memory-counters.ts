import { afterFailure, type Counter, type Policy } from './backoff.ts'

export type MemoryCounters = ReturnType<typeof createMemoryCounters>

/** Counters in memory, `most` of them; past that the oldest go. For when the store cannot be written. */
export function createMemoryCounters(most = 10_000) {
  const counters = new Map<string, Counter>()

  return {
    /** The counters that there are of `keys`. */
    counters: (keys: string[]) =>
      keys.flatMap(key => {
        const counter = counters.get(key)
        return counter ? [{ key, ...counter }] : []
      }),

    /** Counts a failure at `now`, milliseconds since the epoch. */
    count(key: string, policy: Policy, now: number) {
      const counter = afterFailure(policy, counters.get(key), now)
      // Deleted first, so that the order is that of the last failure.
      counters.delete(key)
      counters.set(key, counter)
      const [oldest = key] = counters.keys()
      if (counters.size > most) counters.delete(oldest)
    }
  }
}
