import type { Endpoints } from './endpoints.ts'
import type { Lock } from './lock.ts'
import { type KeptLogin, type Login, loginOf } from './login-store.ts'
import { OAuthError } from './oauth-error.ts'

export type Refresh = ReturnType<typeof createRefresh>

/**
 * The pauses between attempts whose outcome is unknown. All attempts together, each with the longest waits for the lock
 * and for its response, end within the 30 seconds in which the server returns the same successor again.
 */
const pausesMs = [250, 1000]

/**
 * Replaces the tokens of a login, once for all concurrent callers. Resolves to the user's resulting login, which
 * another tab may have made meanwhile. Resolves to `undefined` when the user no longer has a login, because they have
 * signed out or the server says that the login has ended (`invalid_grant`), and when there is no refresh token; a login
 * without one is kept until it expires. Rejects when the server refuses for another reason or cannot be reached; the
 * login is then kept.
 */
export function createRefresh(endpoints: Endpoints, kept: KeptLogin, lock: Lock) {
  let flight: Promise<Login | undefined> | undefined

  async function attempt(stale: Login): Promise<Login | undefined> {
    const login = await kept.read()
    if (login?.accessToken !== stale.accessToken) return login
    if (login.refreshToken === undefined) {
      // A single API may reject a token that all others accept. The login ends only when it expires.
      return Date.now() < login.expiresAt ? undefined : await kept.replace(login, undefined)
    }
    const askedAt = Date.now()
    try {
      const tokens = await endpoints.refresh(login.refreshToken)
      return await kept.replace(login, loginOf(login.username, askedAt, tokens))
    } catch (error) {
      if (error instanceof OAuthError && error.error === 'invalid_grant') return await kept.replace(login, undefined)
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

  return async (stale: Login): Promise<Login | undefined> => {
    flight ??= persist(stale).finally(() => {
      flight = undefined
    })
    const login = await flight
    // A request of one user is not sent in the name of another who has signed in meanwhile.
    return login?.username === stale.username ? login : undefined
  }
}
