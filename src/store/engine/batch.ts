import { setImmediate } from 'node:timers/promises'

/**
 * Combines all calls of one turn of the event loop into one call of `runAll`, which resolves to a result for each. It
 * begins after the last call.
 */
export function inOneTurn<Item, Result>(runAll: (items: Item[]) => Promise<Result[]>): (item: Item) => Promise<Result> {
  let next: { items: Item[]; results: Promise<Result[]> } | undefined

  async function runNext(items: Item[]) {
    await setImmediate()
    next = undefined
    return await runAll(items)
  }

  return async item => {
    if (!next) {
      const items: Item[] = []
      next = { items, results: runNext(items) }
    }
    const { items, results } = next
    const index = items.push(item) - 1
    return (await results)[index] as Result
  }
}

/**
 * The same for reads by key. No result is older than its request. `readAll` gets each key once, in a list of at least
 * ten: PostgreSQL plans a query again for each execution as long as the list is shorter than its general plan expects.
 */
export const readTogether = <T>(readAll: (keys: string[]) => Promise<T[]>, keyOf: (row: T) => string) =>
  inOneTurn(async (keys: string[]) => {
    const distinct = [...new Set(keys)]
    const missing = Math.max(0, fewestKeys - distinct.length)
    const rows = await readAll([...distinct, ...Array<string>(missing).fill(String(keys[0]))])
    const byKey = new Map(rows.map(row => [keyOf(row), row]))
    return keys.map(key => byKey.get(key))
  })

const fewestKeys = 10
