import type { Tokens } from './endpoints.ts'
import { sharedLock } from './lock.ts'
import type { TokenStorage } from './storage.ts'

export type KeptLogin = ReturnType<typeof createKeptLogin>

/** Who is signed in: the name that was typed, and what was granted, separated by spaces. */
export interface SignedIn {
  username: string
  scope: string
}

/** What is kept of a login. Times are milliseconds since the epoch. */
export interface Login extends SignedIn {
  accessToken: string
  refreshToken: string | undefined
  /** When the access token starts to be replaced, though it still works; when it expires, if nothing can replace it. */
  refreshAt: number
  expiresAt: number
}

/** An access token is replaced this long before it expires, so that requests need not wait for the next one. */
const leewayMs = 30_000

/** The login of tokens that were asked for at `askedAt`. */
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
 * The login under `key` in `storage`. It is read every time: another tab may have changed it. Only what the storage did not
 * take is remembered.
 */
export function createKeptLogin(storage: TokenStorage, key: string) {
  const tellers = new Set<() => void>()
  /** The successor of a login that the storage still has, and whose own tokens are of no use any more. */
  let unsaved: { instead: string; login: Login } | undefined
  const lock = sharedLock(storage, `${key} write`)
  let last: Promise<unknown> | undefined
  let takesTime: boolean | undefined

  /** Runs what reads and writes after what has begun before, so that neither undoes the other. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    // Other tabs come between only where the storage takes its time. Else nothing is waited for: the page of somebody who
    // signs out may be about to close.
    const result = Promise.resolve(last).then(() => (isSlow() ? lock(run) : run()))
    last = result.catch(() => {})
    return result
  }

  /** Whether the storage takes its time, which only its first answer tells. It does not matter where nobody shares it. */
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

  /** What is kept, which is stored now if it was not. */
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

    /** Keeps `login`, or nothing. Resolves to what was kept before, as far as that can be read. */
    write: (login: Login | undefined): Promise<Login | undefined> =>
      inTurn(async () => {
        const former = await current().catch(() => undefined)
        await store(login)
        return former
      }),

    /**
     * Puts `after` (`undefined` forgets) in place of `before`, if that is still what is kept. Resolves to what is kept then,
     * which the storage may have to be given again later.
     */
    replace: (before: Login, after: Login | undefined): Promise<Login | undefined> =>
      inTurn(async () => {
        const now = await current()
        // Somebody has signed out or in meanwhile, and that stands.
        if (now?.accessToken !== before.accessToken) return now
        await (after ? save(after) : store(after))
        return after
      }),

    /** Tells `listener` who is signed in, now and whenever that changes, until the result is called. */
    onChange(listener: (who: SignedIn | undefined) => void): () => void {
      let told: string | undefined
      async function inform() {
        const who = await signedIn()
        const text = JSON.stringify(who ?? null)
        if (text === told || !tellers.has(tell)) return
        told = text
        listener(who)
      }
      // Nobody waits for it, and an error that nobody hears of ends a process of Node.
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
