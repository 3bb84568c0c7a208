import type { KeyPair } from './dpop-key.ts'

/** The parts of IndexedDB that are used. */
interface Request<T> {
  result: T
  error: unknown
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}
interface Database {
  createObjectStore(name: string): unknown
  transaction(name: string, mode: 'readonly' | 'readwrite'): Transaction
  close(): void
}
interface Transaction {
  objectStore(name: string): {
    get(key: string): Request<KeyPair | undefined>
    add(value: KeyPair, key: string): unknown
  }
  error: unknown
  oncomplete: (() => void) | null
  onabort: (() => void) | null
}
interface Platform {
  indexedDB?: { open(name: string, version: number): Request<Database> & { onupgradeneeded: (() => void) | null } }
}

/** Safari may never answer (WebKit bug 226547), and a disk may take its time. In milliseconds. */
const patienceMs = 3000

const keys = 'keys'

/**
 * Holds one pair of keys under `name` in IndexedDB, for all tabs of the origin. It stores the private key without
 * showing it to any script. Its methods reject when it cannot be read or written. `undefined` where there is no
 * IndexedDB.
 */
export function indexedDbKeyStore(name: string) {
  const { indexedDB } = globalThis as Platform
  if (!indexedDB) return undefined

  const open = () =>
    new Promise<Database>((resolve, reject) => {
      const request = indexedDB.open('sallyport', 1)
      request.onupgradeneeded = () => void request.result.createObjectStore(keys)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })

  /** Runs `use` in a transaction. Resolves when it is on disk. */
  async function run<T>(mode: 'readonly' | 'readwrite', use: (transaction: Transaction) => Request<T> | undefined) {
    const database = await open()
    try {
      return await new Promise<T | undefined>((resolve, reject) => {
        const transaction = database.transaction(keys, mode)
        const request = use(transaction)
        transaction.oncomplete = () => resolve(request?.result)
        transaction.onabort = () => reject(transaction.error)
      })
    } finally {
      database.close()
    }
  }

  const read = () => inTime(run('readonly', transaction => transaction.objectStore(keys).get(name)))

  return {
    read,

    /** Stores the pair, unless there is one. Resolves to the one that is stored then. */
    async add(pair: KeyPair): Promise<KeyPair> {
      // Fails if another tab has stored a pair since.
      const added = inTime(run('readwrite', transaction => void transaction.objectStore(keys).add(pair, name)))
      await added.catch(() => {})
      // Read back, because a private window may store something else, or nothing.
      const stored = await read()
      if (!stored?.privateKey) throw new Error('IndexedDB does not keep keys here.')
      return stored
    }
  }
}

/** Rejects when `result` takes too long. */
async function inTime<T>(result: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('IndexedDB does not respond.')), patienceMs)
  })
  return await Promise.race([result, late]).finally(() => clearTimeout(timer))
}
