import { setImmediate, setTimeout } from 'node:timers/promises'

/** What became of one list of statements. */
export type Outcome = { rows: unknown[] } | { error: unknown }

/** One list that waits for its commit. */
interface Write<T> {
  work: T
  settle(outcome: Outcome): void
}

const busyTimeoutMs = 5000
const busyRetryMs = 5

/**
 * Lets the writes that arrive in one turn of the event loop share one commit: a commit waits for the disk, and nothing
 * else runs meanwhile. Each is answered after the commit that holds it, and one that fails takes no other with it. While
 * another process writes, they wait for up to five seconds outside of SQLite, so that reads go on.
 */
export function createCommits<T>(deps: {
  /** Runs all in one transaction, each so that its failure is its own. Throws when nothing of it was kept. */
  together: (works: T[]) => Outcome[]
  /** Runs one in a transaction. Throws when nothing of it was kept. */
  alone: (work: T) => unknown[]
  isBusy: (error: unknown) => boolean
}) {
  const { together, alone, isBusy } = deps
  let waiting: Write<T>[] = []
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
    const giveUpAt = performance.now() + busyTimeoutMs
    if (batch.length > 1) {
      // What fails as a whole, a full disk for one, is tried one by one: there each gets its own error.
      const outcomes = await whileBusy(giveUpAt, () => together(batch.map(({ work }) => work))).catch(() => [])
      for (const [index, outcome] of outcomes.entries()) batch[index]?.settle(outcome)
      if (outcomes.length > 0) return
    }
    for (const { work, settle } of batch) {
      settle(
        await whileBusy(giveUpAt, () => alone(work)).then(
          rows => ({ rows }),
          error => ({ error })
        )
      )
    }
  }

  async function writeAll() {
    while (waiting.length > 0) {
      await setImmediate()
      const batch = waiting
      waiting = []
      await commit(batch)
    }
    writing = undefined
  }

  return {
    /** Resolves to the rows of `work` once they are on the disk. */
    write(work: T): Promise<unknown[]> {
      return new Promise((resolve, reject) => {
        waiting.push({ work, settle: outcome => ('rows' in outcome ? resolve(outcome.rows) : reject(outcome.error)) })
        writing ??= writeAll()
      })
    },

    /** Resolves when nothing waits. */
    drained: async () => writing
  }
}
