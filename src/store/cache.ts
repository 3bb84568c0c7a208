/**
 * `read`, remembered for as long as `version` says that nothing in the database has changed: exact, not a guess with a
 * time limit. Without `version` it is `read` itself. Keeps `most` rows. What it returns is shared: do not change it.
 */
export function cachedByVersion<T>(
  version: (() => number) | undefined,
  read: (key: string) => Promise<T | undefined>,
  most = 10_000
): (key: string) => Promise<T | undefined> {
  if (!version) return read
  const rows = new Map<string, T>()
  let readAt: number | undefined

  return async key => {
    const now = version()
    if (now !== readAt) {
      rows.clear()
      readAt = now
    }
    const known = rows.get(key)
    if (known !== undefined) return known
    const row = await read(key)
    // Something may have been committed while it was read.
    if (row !== undefined && now === readAt && rows.size < most) rows.set(key, row)
    return row
  }
}
