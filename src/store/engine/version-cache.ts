import { createBoundedMap } from '../../base/bounded-map.ts'

/** The most bytes that one cache takes. */
export const mostBytes = 16 * 2 ** 20

/** Rows by key. */
export interface Cached<T> {
  get(key: string): Promise<T | undefined>
  /**
   * Calls `use` with the cached row, or with `undefined` when it is unknown, later in this turn of the event loop.
   * `use` must not throw.
   */
  recall(key: string, use: (row: T | undefined) => void): void
  /** Replaces the row, if it is cached, after a change that the version does not report. `undefined` removes it. */
  replace(key: string, next: (row: T) => T | undefined): void
}

/**
 * Caches the results of `read` until `version` reports a change of the database. Returned rows are shared: do not modify
 * them.
 */
export function cachedByVersion<T>(
  version: () => number,
  read: (key: string) => Promise<T | undefined>,
  most = mostBytes
): Cached<T> {
  const rows = createBoundedMap<T>(most, (key, row) => bytesOf(key) + bytesOf(row))
  let readAt: number | undefined
  let changes = 0
  let recalls: { key: string; use: (row: T | undefined) => void }[] = []

  function clearIfChanged() {
    const now = version()
    if (now === readAt) return
    rows.clear()
    changes++
    readAt = now
  }

  // The version is read once for all requests of a turn, after the last of them has arrived, so none of them gets a row
  // that is older than itself.
  function answerAll() {
    const asked = recalls
    recalls = []
    try {
      clearIfChanged()
    } catch {
      // `get` fails in the same way, and reports it.
      rows.clear()
    }
    for (const { key, use } of asked) use(rows.get(key))
  }

  function recall(key: string, use: (row: T | undefined) => void) {
    if (recalls.push({ key, use }) === 1) setImmediate(answerAll)
  }

  async function readAgain(key: string) {
    const before = changes
    const row = await read(key)
    // A commit may have happened during the read.
    if (row !== undefined && before === changes) rows.set(key, row)
    return row
  }

  return {
    recall,
    replace(key, next) {
      changes++
      const known = rows.get(key)
      const row = known && next(known)
      if (row) rows.replace(key, row)
      else rows.remove(key)
    },
    get: key => new Promise(resolve => recall(key, known => resolve(known === undefined ? readAgain(key) : known)))
  }
}

/** About how many bytes the value of a row takes. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 24 + value.length
  if (typeof value !== 'object' || value === null) return 8
  let bytes = 48
  for (const member of Object.values(value)) bytes += 8 + bytesOf(member)
  return bytes
}
