import type { Tokens } from './endpoints.ts'
import { sharedLock } from './lock.ts'
import type { TokenStorage } from './storage.ts'

export type KeptLogin = ReturnType<typeof createKeptLogin>

/** The signed-in user: the name that was typed, and the granted scopes, separated by spaces. */
export interface SignedIn {
  username: string
  scope: string
}

/** A stored login. Times are milliseconds since the epoch. */
export interface Login extends SignedIn {
  accessToken: string
  refreshToken: string | undefined
  /** When to start replacing the access token, while it still works; its expiry when nothing can replace it. */
  refreshAt: number
  expiresAt: number
}

/** An access token is replaced this long before it expires, so that requests do not wait for the next one. */
const leewayMs = 30_000

/** The login of tokens that were requested at `askedAt`. */
export function loginOf(username: string, askedAt: number, tokens: Tokens): Login {
  const lifeMs = tokens.expires_in * 1000
  const expiresAt = askedAt + lifeMs
  return {
    username,
    scope: tokens.scope,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    refreshAt: tokens.refresh_token ? expiresAt - Math.min(leewayMs, lifeMs / 10) : expiresAt,
    expiresAt
  }
}

/**
 * The login under `key` in `storage`. It is read every time, because another tab may have changed it. Only a login that
 * the storage did not accept is kept in memory.
 */
export function createKeptLogin(storage: TokenStorage, key: string) {
  const tellers = new Set<() => void>()
  /** The successor of a login that is still in the storage and whose own tokens no longer work. */
  let unsaved: { instead: string; login: Login } | undefined
  const lock = sharedLock(storage, `${key} write`)
  let last: Promise<unknown> | undefined
  let takesTime: boolean | undefined

  /** Runs a function that reads and writes after all earlier ones, so that none undoes another. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    // Other tabs can interfere only when the storage is asynchronous. Otherwise nothing is awaited, because the page of
    // a user who signs out may be about to close.
    const result = Promise.resolve(last).then(() => (isSlow() ? lock(run) : run()))
    last = result.catch(() => {})
    return result
  }

  /**
   * Whether the storage is asynchronous, which only its first answer tells. Irrelevant when the storage is not shared.
   */
  function isSlow() {
    if (storage.lockName !== undefined && takesTime === undefined) stored().catch(() => {})
    return takesTime
  }

  async function stored(): Promise<Login | undefined> {
    const answer = storage.get(key)
    takesTime ||= typeof (answer as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
    const text = await answer
    try {
      const login = JSON.parse(text ?? '') as Login | null
      return login?.accessToken ? login : undefined
    } catch {
      return undefined
    }
  }

  async function read(): Promise<Login | undefined> {
    const login = await stored()
    return unsaved && unsaved.instead === login?.accessToken ? await inTurn(current) : login
  }

  /** The current login. Stores it now if that failed before. */
  async function current(): Promise<Login | undefined> {
    const login = await stored()
    if (!unsaved || unsaved.instead !== login?.accessToken) return login
    const { login: successor } = unsaved
    await save(successor)
    return successor
  }

  async function save(login: Login): Promise<void> {
    try {
      await store(login)
    } catch {
      unsaved = { instead: String((await stored())?.accessToken), login }
    }
  }

  async function store(login: Login | undefined): Promise<void> {
    await (login ? storage.set(key, JSON.stringify(login)) : storage.remove(key))
    unsaved = undefined
    for (const tell of tellers) tell()
  }

  async function signedIn(): Promise<SignedIn | undefined> {
    const login = await read()
    return login && { username: login.username, scope: login.scope }
  }

  return {
    read,
    signedIn,

    /** Stores `login`, or removes it. Resolves to the previous login, as far as it can be read. */
    write: (login: Login | undefined): Promise<Login | undefined> =>
      inTurn(async () => {
        const former = await current().catch(() => undefined)
        await store(login)
        return former
      }),

    /**
     * Replaces `before` by `after` (`undefined` removes it) if `before` is still the stored login. Resolves to the
     * resulting login, which may still have to be stored later.
     */
    replace: (before: Login, after: Login | undefined): Promise<Login | undefined> =>
      inTurn(async () => {
        const now = await current()
        // A concurrent sign-out or sign-in takes precedence.
        if (now?.accessToken !== before.accessToken) return now
        await (after ? save(after) : store(after))
        return after
      }),

    /** Calls `listener` with the signed-in user, now and after every change, until the returned function is called. */
    onChange(listener: (who: SignedIn | undefined) => void): () => void {
      let told: string | undefined
      async function inform() {
        const who = await signedIn()
        const text = JSON.stringify(who ?? null)
        if (text === told || !tellers.has(tell)) return
        told = text
        listener(who)
      }
      // The promise is not awaited, and an unhandled rejection would end a Node process.
      const tell = () => void inform().catch(console.error)
      tellers.add(tell)
      const stopListening = storage.onChange?.(tell)
      tell()
      return () => {
        tellers.delete(tell)
        stopListening?.()
      }
    }
  }
}
