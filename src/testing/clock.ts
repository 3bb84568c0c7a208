/** The clock of a test server. It shows the machine's time until it is changed, and keeps running. */
export interface TestClock {
  /** Sallyport's current time. */
  now: () => Date
  /** Moves the clock forward by `seconds`. Throws a TypeError for anything but a number. */
  advance: (seconds: number) => void
  /**
   * Sets the time; a string is ISO 8601. Throws a TypeError for an invalid time.
   */
  set: (time: Date | string) => void
}

/** Creates a clock that shows the time of `Date`, which fake timers may replace. */
export function createTestClock(): TestClock {
  let aheadMs = 0
  return {
    now: () => new Date(Date.now() + aheadMs),
    advance: seconds => {
      if (!Number.isFinite(seconds))
        throw new TypeError(`advance expects a number of seconds, not ${JSON.stringify(seconds)}.`)
      aheadMs += seconds * 1000
    },
    set: time => {
      const timeMs = new Date(time).getTime()
      if (Number.isNaN(timeMs))
        throw new TypeError(`set expects a Date or an ISO 8601 string, not ${JSON.stringify(time)}.`)
      aheadMs = timeMs - Date.now()
    }
  }
}
