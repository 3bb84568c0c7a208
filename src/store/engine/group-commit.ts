import { setImmediate, setTimeout } from 'node:timers/promises'
import { StoreError } from '../errors.ts'

/** A write that waits for its commit. */
interface Write<T> {
  work: T
  /** When it stops waiting for other processes. */
  giveUpAt: number
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** A write that is committed, but may not be on disk yet. */
interface Committed<T> {
  write: Write<T>
  result: unknown
}

const busyTimeoutMs = 5000
const busyRetryMs = 5
const manyWrites = 64
const mostWaiting = 1000

/** The log that makes commits durable. `createWalSync` has the promises of each function. */
export interface Log {
  failure(): Error | undefined
  ready(): Promise<void>
  sync(onFailure: (error: Error) => void): Promise<void>
  refusal(): Error | undefined
  copyIfLong(): Promise<void>
}

/**
 * Combines writes that arrive together into one commit, because each commit waits for the disk. Each write resolves
 * when its commit is on disk, and a failed write does not fail the others. Writes that arrive while the disk is busy
 * are the next commit. While the database is busy, up to a thousand writes wait here, each for up to five seconds, so
 * that reads continue. While the disk refuses a sync, writes are refused before their commit.
 */
export function createCommits<T>(deps: {
  /** Runs all works in one transaction and returns the result of each. */
  together: (works: T[]) => unknown[]
  log: Log
  /** Whether another process is writing, nothing was committed, and a retry may succeed in a moment. */
  isBusy: (error: unknown) => boolean
}) {
  const { together, log, isBusy } = deps
  const waiting: Write<T>[] = []
  let writing: Promise<void> | undefined
  let syncing: Promise<void> | undefined

  async function whileBusy<R>(giveUpAt: number, run: () => R | Promise<R>): Promise<R> {
    for (;;) {
      try {
        return await run()
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) throw error
        await setTimeout(busyRetryMs)
      }
    }
  }

  /** Resolves to the writes that were committed, and rejects the others. */
  async function commit(batch: Write<T>[]): Promise<Committed<T>[]> {
    const [first] = batch
    // The writes that waited were refused.
    if (!first) return []
    try {
      await whileBusy(first.giveUpAt, log.ready)
      const results = await whileBusy(first.giveUpAt, () => together(batch.map(({ work }) => work)))
      return batch.map((write, index) => ({ write, result: results[index] }))
    } catch (error) {
      if (batch.length === 1 || error === log.failure()) {
        for (const { reject } of batch) reject(error)
        return []
      }
    }
    // Run one by one, each write gets its own error or is committed.
    const committed: Committed<T>[] = []
    for (const write of batch) committed.push(...(await commit([write])))
    return committed
  }

  async function resolveOnDisk(committed: Committed<T>[]) {
    try {
      await log.sync(refuseWaiting)
      for (const { write, result } of committed) write.resolve(result)
    } catch (error) {
      for (const { write } of committed) write.reject(error)
    }
    await log.copyIfLong()
  }

  function refuseWaiting(error: Error) {
    for (const { reject } of waiting.splice(0)) reject(error)
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
      await syncing
      await gathered()
      const committed = await commit(waiting.splice(0, manyWrites))
      if (committed.length > 0) syncing = resolveOnDisk(committed)
    }
    writing = undefined
  }

  return {
    /** Resolves to the result of `work` once it is on disk. Rejects at once when too many writes are waiting. */
    write(work: T): Promise<unknown> {
      return new Promise((resolve, reject) => {
        const refusal = log.refusal()
        if (refusal) throw refusal
        if (waiting.length >= mostWaiting)
          throw new StoreError('unavailable', 'Too many writes are waiting', 'SQLITE_BUSY')
        waiting.push({ work, giveUpAt: performance.now() + busyTimeoutMs, resolve, reject })
        writing ??= writeAll()
      })
    },

    /** Resolves when no write is waiting. */
    async drained() {
      await writing
      await syncing
    }
  }
}
