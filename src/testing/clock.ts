/** A clock that runs like the machine's until it is set; Sallyport takes all times from it. */
export interface TestClock {
  /** Sallyport's current time. */
  now: () => Date
  /** Advances the clock by seconds. Throws a TypeError when `seconds` is not a number. */
  advance: (seconds: number) => void
  /**
   * Sets the time, from which the clock continues to run; a string is ISO 8601. Throws a TypeError for an invalid time.
   */
  set: (time: Date | string) => void
}

/** A clock that shows the machine's time, or the time of fake timers that replace it. */
export function createTestClock(): TestClock {
  let aheadMs = 0
  return {
    now: () => new Date(Date.now() + aheadMs),
    advance: seconds => {
      if (!Number.isFinite(seconds)) throw new TypeError(`advance takes seconds, and not ${JSON.stringify(seconds)}.`)
      aheadMs += seconds * 1000
    },
    set: time => {
      const timeMs = new Date(time).getTime()
      if (Number.isNaN(timeMs)) throw new TypeError(`set takes a Date or ISO 8601, and not ${JSON.stringify(time)}.`)
      aheadMs = timeMs - Date.now()
    }
  }
}
