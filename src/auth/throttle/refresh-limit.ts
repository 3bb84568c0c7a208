const hourMs = 3_600_000

/**
 * Bounds the refreshes of each session to `limit` an hour, in memory, because a write would double the cost of a
 * refresh. Remembers the `most` sessions that refreshed last.
 */
export function createRefreshLimit(limit: number, most = 100_000) {
  const oneMs = hourMs / limit
  /** For each session, the time at which all its refreshes are forgiven, in the order of the last refresh. */
  const clears = new Map<string, number>()

  return {
    /** Counts a refresh at `now`, and returns 0; or returns the wait in milliseconds, and counts nothing. */
    take(sessionId: string, now: number): number {
      const before = clears.get(sessionId) ?? now
      // More than the limit can be is from before the clock was set back.
      const clearsAt = (before > now + hourMs ? now : Math.max(before, now)) + oneMs
      if (clearsAt > now + hourMs) return clearsAt - now - hourMs
      clears.delete(sessionId)
      clears.set(sessionId, clearsAt)
      if (clears.size > most) clears.delete(clears.keys().next().value as string)
      return 0
    }
  }
}
