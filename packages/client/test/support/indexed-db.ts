import type { Test } from 'tap'

/** Calls the handler that the caller sets after it has the object. */
const later = (run: () => void) => void setImmediate(run)

/**
 * The IndexedDB of one origin, in the parts that the client uses, during the test. Its contents are the `values`; a
 * member of the result changes how it fails.
 */
export function installIndexedDb(t: Test) {
  const world = {
    values: new Map<string, unknown>(),
    /** Every `open` fails. */
    isDenied: false,
    /** No `open` is ever answered. */
    hangs: false,
    /** Writes succeed, and store nothing. */
    forgets: false,
    /** The number of times that it was opened. */
    opened: 0
  }
  let isMade = false

  const database = {
    createObjectStore() {},
    close() {},
    transaction() {
      const transaction = {
        error: undefined as unknown,
        oncomplete: () => {},
        onabort: () => {},
        objectStore: () => ({
          get: (key: string) => ({ result: world.values.get(key) }),
          add(value: unknown, key: string) {
            if (world.values.has(key)) transaction.error = new Error('ConstraintError')
            else if (!world.forgets) world.values.set(key, value)
          }
        })
      }
      later(() => (transaction.error ? transaction.onabort() : transaction.oncomplete()))
      return transaction
    }
  }

  function open() {
    const request = {
      result: database,
      onupgradeneeded: () => {},
      onsuccess: () => {},
      onerror: () => {},
      error: new Error('InvalidStateError')
    }
    world.opened++
    if (world.hangs) return request
    later(() => {
      if (world.isDenied) return request.onerror()
      if (!isMade) request.onupgradeneeded()
      isMade = true
      request.onsuccess()
    })
    return request
  }

  t.intercept(globalThis as { indexedDB?: unknown }, 'indexedDB', { value: { open } })
  return world
}
