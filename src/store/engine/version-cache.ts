export interface Cached<T> {
  get(key: string): Promise<T | undefined>
  /** What `get` would give, where that is known without reading. */
  peek(key: string): T | undefined
}

/**
 * `read`, remembered for as long as `version` says that nothing in the database has changed: exact, not a guess with a
 * time limit. Keeps `most` rows. What it returns is shared: do not change it.
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
      // Something may have been committed while it was read.
      if (row !== undefined && begunAt === readAt && rows.size < most) rows.set(key, row)
      return row
    }
  }
}
