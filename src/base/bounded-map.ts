/**
 * A map of at most `mostBytes`, of which `bytesOf` says about how many an entry takes. When it is full, the entries that
 * were set first go.
 */
export function createBoundedMap<Value>(mostBytes: number, bytesOf: (key: string, value: Value) => number) {
  const entries = new Map<string, { value: Value; bytes: number }>()
  let total = 0

  function remove(key: string) {
    total -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }

  return {
    get: (key: string) => entries.get(key)?.value,

    set(key: string, value: Value) {
      remove(key)
      const bytes = bytesOf(key, value)
      entries.set(key, { value, bytes })
      total += bytes
      for (const [oldest] of entries) {
        if (total <= mostBytes) break
        remove(oldest)
      }
    },

    /** Replaces the value of an entry by one of about the same size. */
    replace(key: string, value: Value) {
      const entry = entries.get(key)
      if (entry) entry.value = value
    },

    remove,

    clear() {
      entries.clear()
      total = 0
    }
  }
}
