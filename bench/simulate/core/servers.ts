import type { Clock } from './clock.ts'
import { createLine } from './line.ts'

/**
 * `count` equal servers with one line before them: cores, connections of a pool, or, if there is one, a lock or an
 * event loop. The line has no end.
 */
export function createServers(clock: Clock, count: number) {
  const line = createLine<() => void>()
  let busy = 0
  let busySeconds = 0
  let since = 0

  function changeBusy(by: number) {
    busySeconds += busy * (clock.now() - since)
    since = clock.now()
    busy += by
  }

  /** Calls `run` when a server is free, and keeps the server until `release`. */
  function acquire(run: () => void) {
    if (busy === count) {
      line.push(run)
      return
    }
    changeBusy(1)
    run()
  }

  /** Frees a server, which then serves the first caller in the line. */
  function release() {
    const next = line.take()
    if (next) next()
    else changeBusy(-1)
  }

  return {
    acquire,
    release,

    /** Takes a server for `seconds`, then calls `done`. */
    use(seconds: number, done: () => void) {
      acquire(() =>
        clock.after(seconds, () => {
          release()
          done()
        })
      )
    },

    /** Callers that wait. */
    waiting: line.length,

    /** Server-seconds in use until now. */
    busySeconds() {
      changeBusy(0)
      return busySeconds
    }
  }
}
