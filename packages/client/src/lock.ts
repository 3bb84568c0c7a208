import type { TokenStorage } from './storage.ts'

/** Runs a function while no other one runs under the same lock. */
export type Lock = <T>(run: () => Promise<T>) => Promise<T>

interface WebLocks {
  request(
    name: string,
    options: { ifAvailable: true } | { signal: AbortSignal },
    run: (lock: unknown) => unknown
  ): Promise<unknown>
}

/** The longest wait for a lock, in milliseconds. Its holder may be frozen, or waiting for a hanging server. */
const waitMs = 2000

/** Another tab's write to localStorage may become visible shortly after that tab releases the lock. */
const arrivalMs = 100

/**
 * A lock for all users of this storage (Web Locks); no lock if the platform has none or the storage is not shared. It
 * does not guarantee exclusion: after a timeout, the function runs without the lock.
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
      // `result` has the errors of `run`. Other errors mean that no lock is available, as in a frame without an origin.
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
