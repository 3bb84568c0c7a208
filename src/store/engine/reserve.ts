import { closeSync, fstatSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export type Reserve = ReturnType<typeof createReserve>

const refillEveryMs = 1000

/**
 * Disk space held back in a file of `bytes` at `path`, so that what must go on can go on when the disk is full. Without
 * room for it at the start there is none, and a full disk stops every write at once.
 */
export function createReserve(path: string, bytes: number, clock: () => number = performance.now.bind(performance)) {
  let state: 'held' | 'spent' | 'none' = fill() ? 'held' : 'none'
  let lastTry = 0

  function fill(): boolean {
    try {
      const file = openSync(path, 'a', 0o600)
      try {
        // Written and not just claimed: a file of holes takes no space from anybody.
        for (let size = fstatSync(file).size; size < bytes; size += chunk.length) writeSync(file, chunk)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      return true
    } catch {
      rmSync(path, { force: true })
      return false
    }
  }

  function hasRoom() {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize > 2 * bytes
  }

  return {
    /** Gives the space to whoever writes next; false when there is none to give any more. */
    spend(): boolean {
      if (state !== 'held') return false
      rmSync(path, { force: true })
      state = 'spent'
      lastTry = clock()
      return true
    },

    /** Whether the space has been given away and the disk has no room to hold it back again. Looks once a second. */
    isSpent(): boolean {
      if (state !== 'spent') return false
      if (clock() - lastTry < refillEveryMs) return true
      lastTry = clock()
      if (hasRoom() && fill()) state = 'held'
      return state === 'spent'
    }
  }
}

const chunk = Buffer.alloc(1 << 20)
