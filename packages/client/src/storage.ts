/** Storage for a login: one text under one key. Any member may be synchronous or asynchronous. */
export interface TokenStorage {
  /** The text under `key`; `null` or `undefined` if there is none. */
  get(key: string): string | null | undefined | Promise<string | null | undefined>
  set(key: string, value: string): unknown
  remove(key: string): unknown
  /**
   * Calls `listener` whenever another writer, such as another tab, may have changed the value, until the returned
   * function is called.
   */
  onChange?(listener: () => void): () => void
  /**
   * The prefix of the Web Locks for all users of this storage, such as the tabs of an origin. Without it there is no
   * lock, which is right when the storage is not shared.
   */
  lockName?: string | undefined
  /**
   * Where the key is kept that logins in this storage are bound to. It has to last as long as the storage, and be there
   * for all its users, because a login ends with its key. Without it, logins are not bound.
   */
  keys?: 'memory' | 'indexedDB' | undefined
}

/** The methods of `localStorage` and `sessionStorage` that are used. */
export interface WebStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Storage that lasts as long as the page or the process. */
export function memoryStorage(): TokenStorage {
  const values = new Map<string, string>()
  return {
    get: key => values.get(key),
    set: (key, value) => values.set(key, value),
    remove: key => values.delete(key),
    keys: 'memory'
  }
}

/** `localStorage`, which all tabs of an origin share, or `sessionStorage`, which belongs to one tab. */
export const webStorage = (area: WebStorage): TokenStorage => ({
  get: key => area.getItem(key),
  set: (key, value) => area.setItem(key, value),
  remove: key => area.removeItem(key),
  lockName: isLocalStorage(area) ? 'localStorage' : undefined,
  keys: 'indexedDB',
  onChange(listener) {
    // Node.js has no storage events.
    const window = globalThis as Partial<EventTarget>
    window.addEventListener?.('storage', listener)
    return () => window.removeEventListener?.('storage', listener)
  }
})

function isLocalStorage(area: WebStorage): boolean {
  const page = globalThis as Partial<EventTarget> & { localStorage?: WebStorage }
  try {
    // Node.js may print a warning when its localStorage is accessed.
    return 'addEventListener' in page && page.localStorage === area
  } catch {
    // The browser may deny access.
    return false
  }
}
