/** A clock that runs like the machine's until it is set; Sallyport takes every time from it. */
export interface TestClock {
  /** The time of Sallyport. */
  now: () => Date
  /** Lets so many seconds pass. Throws a TypeError for what is no number. */
  advance: (seconds: number) => void
  /** Sets the time, from which the clock runs on; a string is ISO 8601. Throws a TypeError for what is no time. */
  set: (time: Date | string) => void
}

/** A clock that shows the time of the machine, also where fake timers have replaced that. */
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
