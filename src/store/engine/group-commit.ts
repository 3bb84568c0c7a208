import { setImmediate, setTimeout } from 'node:timers/promises'
import { StoreError } from '../errors.ts'

/** A write that waits for its commit. */
interface Write<T> {
  work: T
  /** When it stops waiting for other processes. */
  giveUpAt: number
  resolve(rows: unknown[]): void
  reject(error: unknown): void
}

const busyTimeoutMs = 5000
const busyRetryMs = 5
const manyWrites = 64
const mostWaiting = 1000

/**
 * Combines writes that arrive together into one commit, because each commit waits for the disk. Each write resolves
 * after its commit, and a failed write does not fail the others. While the database is busy, up to a thousand writes
 * wait here, each for up to five seconds, so that reads continue.
 */
export function createCommits<T>(deps: {
  /** Runs all works in one transaction and returns the rows of each. */
  together: (works: T[]) => unknown[][]
  /** Runs one work in a transaction. */
  alone: (work: T) => unknown[]
  /** Whether another process is writing, nothing was committed, and a retry may succeed in a moment. */
  isBusy: (error: unknown) => boolean
}) {
  const { together, alone, isBusy } = deps
  const waiting: Write<T>[] = []
  let writing: Promise<void> | undefined

  async function whileBusy<R>(giveUpAt: number, run: () => R): Promise<R> {
    for (;;) {
      try {
        return run()
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) throw error
        await setTimeout(busyRetryMs)
      }
    }
  }

  async function commit(batch: Write<T>[]) {
    const [{ giveUpAt }] = batch as [Write<T>]
    if (batch.length > 1) {
      try {
        const results = await whileBusy(giveUpAt, () => together(batch.map(({ work }) => work)))
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as unknown[])
        return
      } catch {
        // Run one by one, each write gets its own error or is committed.
      }
    }
    for (const { work, giveUpAt, resolve, reject } of batch) {
      await whileBusy(giveUpAt, () => alone(work)).then(resolve, reject)
    }
  }

  /** Resolves when a turn of the event loop brings no further write, or when many have gathered. */
  async function gathered() {
    let before: number
    do {
      before = waiting.length
      await setImmediate()
    } while (waiting.length > before && waiting.length < manyWrites)
  }

  async function writeAll() {
    while (waiting.length > 0) {
      await gathered()
      await commit(waiting.splice(0, manyWrites))
    }
    writing = undefined
  }

  return {
    /** Resolves to the rows of `work` once they are on disk. Rejects at once when too many writes are waiting. */
    write(work: T): Promise<unknown[]> {
      return new Promise((resolve, reject) => {
        if (waiting.length >= mostWaiting)
          throw new StoreError('unavailable', 'Too many writes are waiting', 'SQLITE_BUSY')
        waiting.push({ work, giveUpAt: performance.now() + busyTimeoutMs, resolve, reject })
        writing ??= writeAll()
      })
    },

    /** Resolves when no write is waiting. */
    drained: async () => writing
  }
}
