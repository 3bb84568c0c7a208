import type { Clock } from './clock.ts'

/**
 * The log of a database, which is flushed to the disk in one piece at a time. A commit that arrives during a flush
 * waits for the next flush, which all that wait share. A flush takes `flushSeconds`, and longer by the bytes in it at
 * `bytesPerSecond`.
 */
export function createGroupCommit(clock: Clock, flushSeconds: number, bytesPerSecond: number) {
  let waiting: (() => void)[] = []
  let waitingBytes = 0
  let isFlushing = false
  const total = { flushes: 0, bytes: 0, commits: 0 }

  function flush() {
    const [group, bytes] = [waiting, waitingBytes]
    waiting = []
    waitingBytes = 0
    isFlushing = true
    total.flushes++
    clock.after(flushSeconds + bytes / bytesPerSecond, () => {
      isFlushing = false
      if (waiting.length > 0) flush()
      for (const done of group) done()
    })
  }

  return {
    /** Calls `done` when the `bytes` of a transaction are on the disk. */
    commit(bytes: number, done: () => void) {
      waiting.push(done)
      waitingBytes += bytes
      total.bytes += bytes
      total.commits++
      if (!isFlushing) flush()
    },

    total: () => ({ ...total })
  }
}
