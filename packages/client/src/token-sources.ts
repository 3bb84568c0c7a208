import type { TokenSource } from './authorized-fetch.ts'
import type { DpopKeys } from './dpop-keys.ts'
import type { LoginStore } from './login-store.ts'
import type { Refresh } from './refresh.ts'

/** The access tokens of the stored login: its own, and those for other APIs. */
export function createTokenSources(
  deps: { logins: LoginStore; keys: DpopKeys } & Pick<Refresh, 'refresh' | 'tokenFor'>
) {
  const { logins, keys, refresh, tokenFor } = deps

  /** The token of the login, which the server and other APIs accept. */
  const own: TokenSource = {
    async current() {
      const login = await logins.read()
      // A refresh ends a login whose key is lost.
      const isUsable = !login || login.jkt === undefined || (await keys.of(login.jkt)) !== undefined
      if (!login || (isUsable && Date.now() < login.refreshAt)) return login
      const successor = refresh(login)
      if (!isUsable || Date.now() >= login.expiresAt) return await successor
      // The token is still valid, so the request does not wait. If the refresh fails, the next request retries.
      successor.catch(() => {})
      return login
    },
    next: refresh
  }

  /** The token that only the API `resource` accepts. */
  function forResource(resource: string): TokenSource {
    async function tokenOf(username: string | undefined, refused?: string) {
      const accessToken = await tokenFor(resource, refused)
      const login = await logins.read()
      // Another user may have logged in since then, who must not send this request.
      return login && login.username === username && accessToken !== undefined ? { ...login, accessToken } : undefined
    }
    return {
      current: async () => tokenOf((await logins.read())?.username),
      next: ({ username, accessToken }) => tokenOf(username, accessToken)
    }
  }

  return { own, forResource }
}
