import type { Endpoints } from './endpoints.ts'
import type { Lock } from './lock.ts'
import { type Login, type LoginStore, loginOf } from './login-store.ts'
import { OAuthError } from './oauth-error.ts'

export type Refresh = ReturnType<typeof createRefresh>

/**
 * The pauses between attempts whose outcome is unknown. All attempts, with the longest waits for lock and response, end
 * within the 30 seconds (REFRESH_GRACE) in which the server accepts the same refresh token again.
 */
const pausesMs = [250, 1000]

/**
 * Replaces the tokens of a login, once for all concurrent callers. Resolves to the new login, which another tab may
 * have stored. Resolves to `undefined` when the user has signed out, when the server reports that the login has ended
 * (`invalid_grant`), and when there is no refresh token; a login without one is kept until it expires. Rejects when the
 * server refuses for another reason or cannot be reached; the login is then kept.
 */
export function createRefresh(endpoints: Endpoints, logins: LoginStore, lock: Lock) {
  let flight: Promise<Login | undefined> | undefined
  /** The end of what runs `exclusively`; never rejects. */
  let change: Promise<unknown> | undefined

  async function attempt(stale: Login): Promise<Login | undefined> {
    const login = await logins.read()
    if (login?.accessToken !== stale.accessToken) return login
    if (login.refreshToken === undefined) {
      // One API may reject a token that others accept, so the login is kept until it expires.
      return Date.now() < login.expiresAt ? undefined : await logins.replace(login, undefined)
    }
    const askedAt = Date.now()
    try {
      const tokens = await endpoints.refresh(login.refreshToken)
      return await logins.replace(login, loginOf(login.username, askedAt, tokens))
    } catch (error) {
      if (error instanceof OAuthError && error.error === 'invalid_grant') return await logins.replace(login, undefined)
      throw error
    }
  }

  async function persist(stale: Login): Promise<Login | undefined> {
    for (const pauseMs of pausesMs) {
      try {
        // The lock is released before the pause, which lasts a minute in a background tab.
        return await lock(() => attempt(stale))
      } catch (error) {
        if (error instanceof OAuthError && error.error !== 'server_error') throw error
        await new Promise(resolve => setTimeout(resolve, pauseMs))
      }
    }
    return await lock(() => attempt(stale))
  }

  return {
    async refresh(stale: Login): Promise<Login | undefined> {
      while (change) await change
      flight ??= persist(stale).finally(() => {
        flight = undefined
      })
      const login = await flight
      // Another user may have signed in meanwhile, who must not send this request.
      return login?.username === stale.username ? login : undefined
    },

    /** Runs `run`, which may replace the login, while no refresh runs. Rejects with its error. */
    async exclusively<T>(run: () => Promise<T>): Promise<T> {
      while (flight ?? change) await (flight ?? change)?.catch(() => {})
      const result = lock(run)
      change = result
        .catch(() => {})
        .finally(() => {
          change = undefined
        })
      return await result
    }
  }
}
