import { createAuthorizedFetch } from './client/authorized-fetch.ts'
import { type Credentials, createEndpoints } from './client/endpoints.ts'
import { sharedLock } from './client/lock.ts'
import { createKeptLogin, type Login, loginOf, type SignedIn } from './client/login-store.ts'
import { createRefresh } from './client/refresh.ts'
import { memoryStorage, type TokenStorage } from './client/storage.ts'

export type { Credentials } from './client/endpoints.ts'
export type { SignedIn } from './client/login-store.ts'
export { OAuthError } from './client/oauth-error.ts'
export { type TokenStorage, type WebStorage, webStorage } from './client/storage.ts'

/** What a client is made of; only `url` is needed. */
export interface ClientOptions {
  /** The server's issuer, such as `https://auth.example.com`. */
  url: string
  /** The id of a registered public client; the server's built-in client unless given. */
  clientId?: string | undefined
  /** Where the login is kept; in memory unless given. */
  storage?: TokenStorage | undefined
  /** Sends every request; the global `fetch` of the moment unless given. */
  fetch?: typeof globalThis.fetch | undefined
  /** Origins that get the access token beside the server's own, such as `https://api.example.com`. */
  origins?: string[] | undefined
}

/** One login at one server. */
export interface Client {
  /**
   * Logs in. Rejects with an OAuthError when the server refuses, with what `fetch` rejects with when it does not answer, and
   * with what the storage throws; the login has ended then. A login that was kept here before is ended on the server, as
   * far as that can be reached, a little later.
   */
  signIn(credentials: Credentials): Promise<SignedIn>

  /**
   * Forgets the login, and ends it on the server. Resolves to `false` when it may live on there, because the server was
   * out of reach or refused, and else to `true`, also when nobody was signed in and there was nothing to end. Rejects
   * with what the storage throws, after the login has ended on the server.
   */
  signOut(): Promise<boolean>

  /**
   * `fetch` with the access token, while somebody is signed in. The token is replaced shortly before it expires; a
   * request waits for that only when it has expired. It is also replaced once when it is refused as `invalid_token`;
   * the request is then sent again, unless its `body` is a stream. Rejects before it sends anything when the URL is of
   * an origin that may not have the token, and with an OAuthError or what `fetch` rejects with when no token that works
   * can be had now.
   */
  fetch: typeof globalThis.fetch

  /** Who is signed in, as far as is known here; the server is not asked. */
  signedIn(): Promise<SignedIn | undefined>

  /** Tells `listener` who is signed in, now and whenever that changes, in any tab, until the result is called. */
  onChange(listener: (who: SignedIn | undefined) => void): () => void
}

/** A client of the server at `url`. Throws a TypeError when a URL in the options has no scheme and host. */
export function createClient(options: ClientOptions): Client {
  const { clientId = '', storage = memoryStorage(), origins = [] } = options
  // Looked up at each call: what observes or replaces the global one may come later.
  const fetch: typeof globalThis.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init))
  const url = options.url.replace(/\/$/, '')
  const key = `sallyport ${url} ${clientId}`
  const endpoints = createEndpoints(url, clientId, fetch)
  const kept = createKeptLogin(storage, key)
  const refresh = createRefresh(endpoints, kept, sharedLock(storage, key))
  /** Ends the login on the server. Resolves to whether it is over for certain; it never rejects. */
  const end = async (login: Login | undefined) =>
    !login ||
    endpoints.revoke(login.refreshToken ?? login.accessToken).then(
      () => true,
      () => false
    )

  return {
    async signIn(credentials) {
      const askedAt = Date.now()
      const login = loginOf(credentials.username, askedAt, await endpoints.logIn(credentials))
      const former = await kept.write(login).catch(async error => {
        await end(login)
        throw error
      })
      // Nobody could end it later. Not waited for: whoever has signed in need not know of who has not signed out.
      void end(former)
      return { username: login.username, scope: login.scope }
    },

    async signOut() {
      const login = await kept.read()
      const ended = end(login)
      const former = await kept.write(undefined).finally(() => ended)
      // A sign-in that was being stored has been forgotten too, and nobody else could end it.
      const formerEnded = former?.accessToken === login?.accessToken || (await end(former))
      return (await ended) && formerEnded
    },

    fetch: createAuthorizedFetch({ fetch, origins: new Set([options.url, ...origins].map(originOf)), kept, refresh }),
    signedIn: kept.signedIn,
    onChange: kept.onChange
  }
}

function originOf(url: string): string {
  if (!/^https?:\/\/./i.test(url)) throw new TypeError(`"${url}" has to be a URL such as https://auth.example.com.`)
  return new URL(url).origin
}
