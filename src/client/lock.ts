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

/** A write to localStorage by another tab may become visible shortly after the tab's lock is released. */
const arrivalMs = 100

/**
 * A lock for all users of this storage (Web Locks), where the platform has them, and no lock for storage that is not
 * shared. It orders the functions but does not guarantee exclusion: after a timeout, the function runs without it.
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
      // An error of `run` is in `result`. Other errors mean that no lock is available, as in a frame without an origin.
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
