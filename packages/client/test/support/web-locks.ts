import type { Test } from 'tap'

type Options = { ifAvailable?: boolean; signal?: AbortSignal }

/** Replaces `navigator` during the test. */
export function installNavigator(t: Test, navigator: object) {
  t.intercept(globalThis as { navigator?: unknown }, 'navigator', { value: navigator })
}

/** The Web Locks of one origin, in the parts that the client uses, during the test. */
export function installLocks(t: Test) {
  const names = new Set<string>()
  const queues = new Map<string, Promise<unknown>>()
  let frozen: Promise<never> | undefined
  async function request(name: string, { ifAvailable, signal }: Options, run: (lock: unknown) => unknown) {
    names.add(name)
    const before = frozen ?? queues.get(name)
    if (before && ifAvailable) return await run(null)
    const left = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
    const result = Promise.race([before, left]).then(() => run({ name }))
    // A request that leaves the queue does not move those behind it forward.
    const freed = Promise.allSettled([before, result])
    queues.set(name, freed)
    freed.then(() => queues.get(name) === freed && queues.delete(name))
    return await result
  }
  installNavigator(t, { locks: { request } })
  return {
    /** The requested names. */
    names,
    /** Makes another holder keep all locks until the test ends. */
    freeze() {
      frozen = new Promise(() => {})
    }
  }
}
