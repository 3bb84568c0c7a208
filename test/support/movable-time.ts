import type { Test } from 'tap'

/** Moves the clock that measures waits forward by the argument of the returned function. */
export function movableTime(t: Test) {
  let ahead = 0
  const { now } = performance
  t.intercept(performance, 'now', { value: () => now.call(performance) + ahead })
  return (ms: number) => {
    ahead += ms
  }
}
