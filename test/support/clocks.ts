import type { Test } from 'tap'

/** A clock that stands still until a test moves it. */
export function createClock(start = '2026-01-31T12:00:00.000Z') {
  let time = new Date(start).getTime()
  return {
    now: () => new Date(time),
    advance: (seconds: number) => {
      time += seconds * 1000
    }
  }
}

/** Moves the clock that measures waits forward by the argument of the returned function. */
export function movableTime(t: Test) {
  let ahead = 0
  const { now } = performance
  t.intercept(performance, 'now', { value: () => now.call(performance) + ahead })
  return (ms: number) => {
    ahead += ms
  }
}
