/** Runs a function while nobody else runs one under the same lock. */
export type Lock = <T>(run: () => Promise<T>) => Promise<T>

/** A lock that all tabs of an origin share (Web Locks), where the platform has them; no lock where it has none. */
export const webLock =
  (name: string): Lock =>
  run => {
    const { navigator } = globalThis as unknown as { navigator?: { locks?: { request: RequestLock } } }
    return navigator?.locks ? navigator.locks.request(name, run) : run()
  }

type RequestLock = <T>(name: string, run: () => Promise<T>) => Promise<T>
