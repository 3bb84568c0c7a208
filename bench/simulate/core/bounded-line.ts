import type { Clock } from './clock.ts'
import { createLine } from './line.ts'

/** Why a caller had no turn: the line was full, or the wait was too long. */
export type Refusal = 'full' | 'timeout'

interface Caller {
  begin: () => void
  state: 'waiting' | 'begun' | 'left'
}

/**
 * The queue of password hashes, as src/auth/passwords/hash-queue.ts has it: `concurrency` turns at once, up to `length`
 * callers that wait, and each for at most `maxWaitSeconds`.
 */
export function createBoundedLine(
  clock: Clock,
  { concurrency, length, maxWaitSeconds }: { concurrency: number; length: number; maxWaitSeconds: number }
) {
  const line = createLine<Caller>()
  let running = 0
  let waiting = 0

  return {
    /** Whether the next caller would be refused at once. */
    isFull: () => running === concurrency && waiting === length,

    /** Calls `begin` when a turn is free, which lasts until `endTurn`. Calls `refuse` instead when there is none. */
    enter(begin: () => void, refuse: (reason: Refusal) => void) {
      if (running < concurrency) {
        running++
        return begin()
      }
      if (waiting === length) return refuse('full')
      const caller: Caller = { begin, state: 'waiting' }
      waiting++
      line.push(caller)
      clock.after(maxWaitSeconds, () => {
        if (caller.state !== 'waiting') return
        caller.state = 'left'
        waiting--
        refuse('timeout')
      })
    },

    /** Ends a turn, and gives it to the first caller that still waits. */
    endTurn() {
      for (let next = line.take(); next; next = line.take()) {
        if (next.state === 'left') continue
        next.state = 'begun'
        waiting--
        return next.begin()
      }
      running--
    }
  }
}
