import type { Tokens } from './endpoints.ts'
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
  /** When the access token starts to be replaced, though it still works. */
  refreshAt: number
  expiresAt: number
}

/** An access token is replaced this long before it expires: it must not expire on its way to an API. */
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
    refreshAt: expiresAt - Math.min(leewayMs, lifeMs / 10),
    expiresAt
  }
}

/** The login under `key` in `storage`. It is read every time and never remembered: another tab may have changed it. */
export function createKeptLogin(storage: TokenStorage, key: string) {
  const tellers = new Set<() => void>()

  async function read(): Promise<Login | undefined> {
    const text = await storage.get(key)
    try {
      const login = JSON.parse(text ?? '') as Login | null
      return login?.accessToken ? login : undefined
    } catch {
      return undefined
    }
  }

  async function write(login: Login | undefined): Promise<void> {
    await (login ? storage.set(key, JSON.stringify(login)) : storage.remove(key))
    for (const tell of tellers) tell()
  }

  async function signedIn(): Promise<SignedIn | undefined> {
    const login = await read()
    return login && { username: login.username, scope: login.scope }
  }

  return {
    read,
    write,
    signedIn,

    /** Writes `after` (`undefined` forgets) if `before` is still what is kept. Resolves to what is kept then. */
    async replace(before: Login, after: Login | undefined): Promise<Login | undefined> {
      const current = await read()
      // Somebody has signed out or in meanwhile, and that stands.
      if (current?.accessToken !== before.accessToken) return current
      await write(after)
      return after
    },

    /** Tells `listener` who is signed in, now and whenever that changes, until the result is called. */
    onChange(listener: (who: SignedIn | undefined) => void): () => void {
      let told: string | undefined
      async function tell() {
        const who = await signedIn()
        const text = JSON.stringify(who ?? null)
        if (text === told || !tellers.has(tell)) return
        told = text
        listener(who)
      }
      tellers.add(tell)
      const stopListening = storage.onChange?.(tell)
      void tell()
      return () => {
        tellers.delete(tell)
        stopListening?.()
      }
    }
  }
}
