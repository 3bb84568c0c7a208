/** Runs a function while nobody else runs one under the same lock. */
export type Lock = <T>(run: () => Promise<T>) => Promise<T>

interface WebLocks {
  request<T>(name: string, options: { ifAvailable: boolean }, run: (lock: unknown) => T): Promise<Awaited<T>>
}

/** What another tab has written to localStorage may get here a little after its lock does. */
const arrivalMs = 100

/** A lock that all tabs of an origin share (Web Locks), where the platform has them; no lock where it has none. */
export const webLock =
  (name: string): Lock =>
  async <T>(run: () => Promise<T>) => {
    const { navigator } = globalThis as unknown as { navigator?: { locks?: WebLocks } }
    if (!navigator?.locks) return await run()
    let result: Promise<T> | undefined
    await navigator.locks.request(name, { ifAvailable: true }, lock => {
      if (lock) result = run()
      return result
    })
    if (result) return await result
    return await navigator.locks.request(name, { ifAvailable: false }, async () => {
      await new Promise(resolve => setTimeout(resolve, arrivalMs))
      return await run()
    })
  }
