const hourMs = 3_600_000

/** The most names of one counter. Each takes about 128 bytes. */
export const mostNames = 100_000

/**
 * Bounds what each name does to `limit` times an hour, in memory, where a write would cost more than what it counts.
 * Remembers at most `most` names, those that were counted last.
 */
export function createHourlyLimit(limit: number, most = mostNames) {
  const oneMs = hourMs / limit
  /** For each name, the time at which all is forgiven, in the order of the last use. */
  const clears = new Map<string, number>()

  return {
    /** Counts a use at `now`, and returns 0; or returns the wait in milliseconds, and counts nothing. */
    take(name: string, now: number): number {
      const before = clears.get(name) ?? now
      // More than the limit can be is from before the clock was set back.
      const clearsAt = (before > now + hourMs ? now : Math.max(before, now)) + oneMs
      if (clearsAt > now + hourMs) return clearsAt - now - hourMs
      clears.delete(name)
      clears.set(name, clearsAt)
      for (const [oldest, forgivenAt] of clears) {
        if (forgivenAt > now && clears.size <= most) break
        clears.delete(oldest)
      }
      return 0
    }
  }
}
