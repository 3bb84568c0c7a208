/** The pause after a failure (milliseconds). Each further failure doubles it, up to the longest. */
const firstPauseMs = 1000
const longestPauseMs = 10_000

/** A request to the issuer, with a pause after each failure. */
export interface Attempts<T> {
  /**
   * Makes an attempt; concurrent callers share it. During the pause after a failure, rejects with the same error
   * without contacting the issuer.
   */
  ask(): Promise<T>
  isRunning(): boolean
  /** Milliseconds left of the pause after a failure. */
  pauseLeftMs(): number
  /** Whether `ask` would begin an attempt. */
  isDue(): boolean
  /** Whether the last completed attempt failed. */
  hasFailed(): boolean
  /** Milliseconds since the last attempt ended; Infinity before the first has ended. */
  idleMs(): number
}

/** Attempts at `work`, timed by the clock `now`. */
export function createAttempts<T>(work: () => Promise<T>, now: () => Date): Attempts<T> {
  let running: Promise<T> | undefined
  let endedAt: Date | undefined
  let failures = 0
  let failure: unknown

  const isRunning = () => running !== undefined
  const idleMs = () => elapsedMs(endedAt, now())
  const pauseMs = () => (failures === 0 ? 0 : Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs))
  const pauseLeftMs = () => Math.max(0, pauseMs() - idleMs())
  const isDue = () => !isRunning() && pauseLeftMs() === 0

  function end(failed: number) {
    failures = failed
    endedAt = now()
    running = undefined
  }

  const attempt = () =>
    work().then(
      result => {
        end(0)
        return result
      },
      error => {
        failure = error
        end(failures + 1)
        throw error
      }
    )

  return {
    async ask() {
      if (!isRunning() && !isDue()) throw failure
      running ??= attempt()
      return running
    },
    isRunning,
    pauseLeftMs,
    isDue,
    hasFailed: () => failures > 0,
    idleMs
  }
}

/** Milliseconds from `since` to `now`; Infinity without `since`, or when the clock was set back since then. */
export function elapsedMs(since: Date | undefined, now: Date): number {
  const elapsed = since ? now.getTime() - since.getTime() : Number.POSITIVE_INFINITY
  return elapsed < 0 ? Number.POSITIVE_INFINITY : elapsed
}
