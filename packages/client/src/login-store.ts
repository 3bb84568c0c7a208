import type { Tokens } from './endpoints.ts'
import { sharedLock } from './lock.ts'
import type { TokenStorage } from './storage.ts'
import { createTurns } from './turns.ts'

export type LoginStore = ReturnType<typeof createLoginStore>

/** The logged-in user. */
export interface SignedIn {
  /** The username as entered, or that of the token. */
  username: string
  /** The granted scopes, separated by spaces. */
  scope: string
  /**
   * When the login ends at the latest, however it is used, in milliseconds since the epoch: the user has to sign in
   * again by then. Missing when the server does not say.
   */
  endsAt?: number | undefined
}

/** A stored login. Times are milliseconds since the epoch. */
export interface Login extends SignedIn {
  accessToken: string
  refreshToken: string | undefined
  /** When to start replacing the access token; its expiry when there is no refresh token. */
  refreshAt: number
  expiresAt: number
  /** The thumbprint of the key that the login is bound to. */
  jkt?: string | undefined
  /** The access tokens for other APIs, by resource. */
  resources?: Record<string, Pick<Login, 'accessToken' | 'refreshAt'>> | undefined
}

/** An access token is replaced this long before it expires, so that requests do not wait for the next one. */
const leewayMs = 30_000

/** The login of tokens that were requested at `askedAt`. */
export function loginOf(username: string, askedAt: number, tokens: Tokens): Login {
  const lifeMs = tokens.expires_in * 1000
  const expiresAt = askedAt + lifeMs
  const { authorization_expires_in: seconds, jkt } = tokens
  return {
    username,
    scope: tokens.scope,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    refreshAt: tokens.refresh_token ? expiresAt - Math.min(leewayMs, lifeMs / 10) : expiresAt,
    expiresAt,
    jkt,
    endsAt: seconds === undefined ? undefined : askedAt + seconds * 1000
  }
}

/** The user of a login. */
export const signedInBy = ({ username, scope, endsAt }: Login): SignedIn => ({
  username,
  scope,
  ...(endsAt !== undefined && { endsAt })
})

/**
 * The login under `key` in `storage`. It is read every time, because another tab may have changed it. A login is kept
 * in memory only if the storage did not accept it.
 */
export function createLoginStore(storage: TokenStorage, key: string) {
  const observers = new Set<() => void>()
  /** A login that could not be stored, and the access token of the stored login that it replaces. */
  let unsaved: { instead: string; login: Login } | undefined
  const lock = sharedLock(storage, `${key} write`)
  const turns = createTurns()
  let takesTime: boolean | undefined

  /** Runs functions that read and write one after the other. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    // Other tabs can interfere only when the storage is asynchronous. Otherwise the lock is not awaited, because the
    // page may be closing after a logout.
    return turns(() => (isSlow() ? lock(run) : run()))
  }

  /**
   * Whether the storage is asynchronous, which its first result shows. Irrelevant when the storage is not shared.
   */
  function isSlow() {
    if (storage.lockName !== undefined && takesTime === undefined) stored().catch(() => {})
    return takesTime
  }

  async function stored(): Promise<Login | undefined> {
    const result = storage.get(key)
    takesTime ||= typeof (result as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
    const text = await result
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

  /** The current login, stored now if that failed before. */
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
    for (const notify of observers) notify()
  }

  async function signedIn(): Promise<SignedIn | undefined> {
    const login = await read()
    return login && signedInBy(login)
  }

  return {
    read,
    signedIn,

    /** Stores `login`, or removes the stored one. Resolves to the previous login, if it can be read. */
    write: (login: Login | undefined): Promise<Login | undefined> =>
      inTurn(async () => {
        const former = await current().catch(() => undefined)
        await store(login)
        return former
      }),

    /**
     * Replaces `before` by `after` (`undefined` removes it) if `before` is still the stored login. Resolves to the
     * current login, which is kept in memory if it cannot be stored.
     */
    replace: (before: Login, after: Login | undefined): Promise<Login | undefined> =>
      inTurn(async () => {
        const now = await current()
        // A concurrent `signOut` or `signIn` takes precedence.
        if (now?.accessToken !== before.accessToken) return now
        await (after ? save(after) : store(after))
        return after
      }),

    /** Calls `listener` with a view of the login, now and after every change of it, until the returned function is called. */
    observe<T>(view: (login: Login) => T, listener: (seen: T | undefined) => void): () => void {
      let lastText: string | undefined
      async function inform() {
        const login = await read()
        const seen = login && view(login)
        const text = JSON.stringify(seen ?? null)
        if (text === lastText || !observers.has(notify)) return
        lastText = text
        listener(seen)
      }
      // An unhandled rejection would end a Node.js process.
      const notify = () => void inform().catch(console.error)
      observers.add(notify)
      const stopListening = storage.onChange?.(notify)
      notify()
      return () => {
        observers.delete(notify)
        stopListening?.()
      }
    }
  }
}
