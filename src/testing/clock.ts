/** A clock that runs like the machine's until it is set; Sallyport takes every time from it. */
export interface TestClock {
  /** The time of Sallyport. */
  now: () => Date
  /** Lets this many seconds pass. */
  advance: (seconds: number) => void
  /** Sets the time, from which the clock runs on; a string is ISO 8601. */
  set: (time: Date | string) => void
}

/** A clock that shows the time of the machine, also where fake timers have replaced that. */
export function createTestClock(): TestClock {
  let aheadMs = 0
  return {
    now: () => new Date(Date.now() + aheadMs),
    advance: seconds => {
      aheadMs += seconds * 1000
    },
    set: time => {
      aheadMs = new Date(time).getTime() - Date.now()
    }
  }
}
