import type { TokenStorage } from './storage.ts'

/** Runs a function while nobody else runs one under the same lock. */
export type Lock = <T>(run: () => Promise<T>) => Promise<T>

interface WebLocks {
  request(
    name: string,
    options: { ifAvailable: true } | { signal: AbortSignal },
    run: (lock: unknown) => unknown
  ): Promise<unknown>
}

/** The longest wait for a lock, in milliseconds: who holds it may be frozen, or wait for a server that hangs. */
const waitMs = 2000

/** What another tab has written to localStorage may get here a little after its lock does. */
const arrivalMs = 100

/**
 * A lock for all who share this storage (Web Locks), where the platform has them, and no lock for storage that is not
 * shared. It keeps the order, and is no promise: who has waited in vain goes on without it.
 */
export const sharedLock =
  ({ lockName }: TokenStorage, name: string): Lock =>
  async <T>(run: () => Promise<T>) => {
    const { navigator } = globalThis as unknown as { navigator?: { locks?: WebLocks } }
    const locks = navigator?.locks
    if (lockName === undefined || !locks) return await run()
    let result: Promise<T> | undefined
    const ask = async (options: Parameters<WebLocks['request']>[1], begin: () => Promise<T>) => {
      const granted = (lock: unknown) => {
        if (lock) result = begin()
        return result
      }
      // What `run` throws is in `result`. Anything else is a lock that cannot be had, as in a frame without an origin.
      await locks.request(`${lockName} ${name}`, options, granted).catch(() => {})
    }
    await ask({ ifAvailable: true }, run)
    if (!result) {
      await ask({ signal: AbortSignal.timeout(waitMs) }, async () => {
        await new Promise(resolve => setTimeout(resolve, arrivalMs))
        return await run()
      })
    }
    return await (result ?? run())
  }
