import type { Test } from 'tap'

/** Moves the clock that measures waits forward by the argument of the returned function. */
export function movableTime(t: Test) {
  let ahead = 0
  const { now } = performance
  performance.now = () => now.call(performance) + ahead
  t.teardown(() => {
    performance.now = now
  })
  return (ms: number) => {
    ahead += ms
  }
}
