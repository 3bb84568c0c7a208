import { setImmediate } from 'node:timers/promises'

/**
 * Combines all reads that are requested in one turn of the event loop into one query. `readAll` begins after the last
 * request, so no result is older than its request.
 */
export function readTogether<T>(
  readAll: (keys: string[]) => Promise<T[]>,
  keyOf: (row: T) => string
): (key: string) => Promise<T | undefined> {
  let next: { keys: Set<string>; rows: Promise<Map<string, T>> } | undefined

  async function readNext(keys: Set<string>) {
    await setImmediate()
    next = undefined
    const rows = await readAll([...keys])
    return new Map(rows.map(row => [keyOf(row), row]))
  }

  return async key => {
    if (!next) {
      const keys = new Set<string>()
      next = { keys, rows: readNext(keys) }
    }
    next.keys.add(key)
    return (await next.rows).get(key)
  }
}
