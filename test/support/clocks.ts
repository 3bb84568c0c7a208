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

/** Lets the clock that measures waits go on by `ms` whenever it is read, and by the argument of the returned function. */
export function leapingTime(t: Test, ms: number) {
  let time = 0
  const pass = (more: number) => {
    time += more
    return time
  }
  t.intercept(performance, 'now', { value: () => pass(ms) })
  return pass
}

interface Timer {
  at: number
  /** The interval of a timer that repeats. */
  each: number | undefined
  run(): void
}

/** Replaces the timers of the process by some that run when the returned function lets their time pass. */
export function movableTimers(t: Test) {
  let now = 0
  const timers = new Map<object, Timer>()
  const adding =
    (repeats: boolean) =>
    (run: (...given: unknown[]) => void, ms: number, ...given: unknown[]) => {
      const handle = { unref: () => handle }
      timers.set(handle, { at: now + ms, each: repeats ? ms : undefined, run: () => run(...given) })
      return handle
    }
  const remove = (handle: object) => void timers.delete(handle)
  t.intercept(globalThis, 'setTimeout', { value: adding(false) })
  t.intercept(globalThis, 'setInterval', { value: adding(true) })
  for (const name of ['clearTimeout', 'clearInterval'] as const) t.intercept(globalThis, name, { value: remove })
  return (ms: number) => {
    const end = now + ms
    for (;;) {
      const [next] = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)
      if (!next) break
      const [handle, timer] = next
      now = timer.at
      if (timer.each === undefined) timers.delete(handle)
      else timer.at += timer.each
      timer.run()
    }
    now = end
  }
}
