/** Where a login is kept: one text under one key. Any member may be synchronous or not. */
export interface TokenStorage {
  get(key: string): string | null | undefined | Promise<string | null | undefined>
  set(key: string, value: string): unknown
  remove(key: string): unknown
  /** Calls `listener` whenever somebody else, such as another tab, may have changed it, until the result is called. */
  onChange?(listener: () => void): () => void
  /**
   * Names the Web Locks under which those who share this storage, such as the tabs of an origin, take turns. Without it
   * nobody is waited for, which is right where each user of a process has a storage.
   */
  lockName?: string | undefined
}

/** What is used of `localStorage` and `sessionStorage`. */
export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Storage that is gone with the page or the process. */
export function memoryStorage(): TokenStorage {
  const values = new Map<string, string>()
  return {
    get: key => values.get(key),
    set: (key, value) => values.set(key, value),
    remove: key => values.delete(key)
  }
}

/** `localStorage`, which all tabs of an origin share, or `sessionStorage`, which a tab has for itself. */
export const webStorage = (area: WebStorage): TokenStorage => ({
  get: key => area.getItem(key),
  set: (key, value) => area.setItem(key, value),
  remove: key => area.removeItem(key),
  lockName: isLocalStorage(area) ? 'localStorage' : undefined,
  onChange(listener) {
    // There is none in Node, where nobody else changes it.
    const window = globalThis as Partial<EventTarget>
    window.addEventListener?.('storage', listener)
    return () => window.removeEventListener?.('storage', listener)
  }
})

function isLocalStorage(area: WebStorage): boolean {
  const page = globalThis as Partial<EventTarget> & { localStorage?: WebStorage }
  try {
    // Node, where no page is, may warn of its own when it is looked at.
    return 'addEventListener' in page && page.localStorage === area
  } catch {
    // A page may be forbidden to look.
    return false
  }
}
