export interface Cached<T> {
  get(key: string): Promise<T | undefined>
  /** Synchronous cache hit; `undefined` means unknown. */
  peek(key: string): T | undefined
}

/**
 * Caches the results of `read` until `version` reports a change of the database. Keeps up to `most` rows. Returned rows
 * are shared: do not modify them.
 */
export function cachedByVersion<T>(
  version: () => number,
  read: (key: string) => Promise<T | undefined>,
  most = 10_000
): Cached<T> {
  const rows = new Map<string, T>()
  let readAt: number | undefined

  function peek(key: string) {
    const now = version()
    if (now !== readAt) {
      rows.clear()
      readAt = now
    }
    return rows.get(key)
  }

  return {
    peek,
    async get(key) {
      const known = peek(key)
      if (known !== undefined) return known
      const begunAt = readAt
      const row = await read(key)
      // A commit may have happened during the read.
      if (row !== undefined && begunAt === readAt && rows.size < most) rows.set(key, row)
      return row
    }
  }
}
