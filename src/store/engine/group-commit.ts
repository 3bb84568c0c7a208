import { setImmediate, setTimeout } from 'node:timers/promises'

/** One list that waits for its commit. */
interface Write<T> {
  work: T
  resolve(rows: unknown[]): void
  reject(error: unknown): void
}

const busyTimeoutMs = 5000
const busyRetryMs = 5
const manyWrites = 64

type Awaitable<T> = T | Promise<T>

/**
 * Lets the writes that arrive together share one commit, which waits for the disk, and while one is made the next gather.
 * Each is answered after the commit that holds it, and one that fails takes no other with it. While the database is busy
 * they wait for up to five seconds out here, so that reads go on.
 */
export function createCommits<T>(deps: {
  /** Runs all in one transaction, and gives the rows of each. */
  together: (works: T[]) => Awaitable<unknown[][]>
  /** Runs one in a transaction. */
  alone: (work: T) => Awaitable<unknown[]>
  /** Whether another process writes, nothing was kept, and the same may work in a moment. */
  isBusy?: (error: unknown) => boolean
  /** Whether a commit failed because of one of the writes in it, and nothing was kept, so that the others may work alone. */
  isOfOne?: (error: unknown) => boolean
}) {
  const { together, alone, isBusy = () => false, isOfOne = () => true } = deps
  const waiting: Write<T>[] = []
  let writing: Promise<void> | undefined

  async function whileBusy<R>(giveUpAt: number, run: () => Awaitable<R>): Promise<R> {
    for (;;) {
      try {
        return await run()
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) throw error
        await setTimeout(busyRetryMs)
      }
    }
  }

  async function commit(batch: Write<T>[]) {
    const giveUpAt = performance.now() + busyTimeoutMs
    if (batch.length > 1) {
      try {
        const results = await whileBusy(giveUpAt, () => together(batch.map(({ work }) => work)))
        for (const [index, { resolve }] of batch.entries()) resolve(results[index] as unknown[])
        return
      } catch (error) {
        if (!isOfOne(error)) {
          for (const { reject } of batch) reject(error)
          return
        }
        // One by one, each gets its own error, or is kept.
      }
    }
    for (const { work, resolve, reject } of batch) {
      await whileBusy(giveUpAt, () => alone(work)).then(resolve, reject)
    }
  }

  /** Resolves when a turn of the event loop has brought no further write, or when there are many. */
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
    /** Resolves to the rows of `work` once they are on the disk. */
    write(work: T): Promise<unknown[]> {
      return new Promise((resolve, reject) => {
        waiting.push({ work, resolve, reject })
        writing ??= writeAll()
      })
    },

    /** Resolves when nothing waits. */
    drained: async () => writing
  }
}
