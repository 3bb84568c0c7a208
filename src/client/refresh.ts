import type { Endpoints } from './endpoints.ts'
import type { Lock } from './lock.ts'
import { type KeptLogin, type Login, loginOf } from './login-store.ts'
import { OAuthError } from './oauth-error.ts'

export type Refresh = ReturnType<typeof createRefresh>

/**
 * The pauses between attempts, when nobody knows what became of the one before. All attempts together, each with the
 * longest waits for the lock and for its answer, end within the 30 seconds in which the server gives the same successor
 * again.
 */
const pausesMs = [250, 1000]

/**
 * Replaces the tokens of a login, once for all who ask at the same time. The result resolves to the login that its user
 * has then, which another tab may have made meanwhile, and to `undefined` when they no longer have one, because they have
 * signed out or the server says that the login has ended (`invalid_grant`), and when there is no refresh token to get
 * one with: that login is kept until it expires. It rejects when the server refuses for
 * another reason or is out of reach; the login is kept then.
 */
export function createRefresh(endpoints: Endpoints, kept: KeptLogin, lock: Lock) {
  let flight: Promise<Login | undefined> | undefined

  async function attempt(stale: Login): Promise<Login | undefined> {
    const login = await kept.read()
    if (login?.accessToken !== stale.accessToken) return login
    if (login.refreshToken === undefined) {
      // One API may refuse what all others take. The login is over when its time is.
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
        // Given back before the pause, which takes a minute in a tab that nobody looks at.
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
    // What one user has asked for is not done in the name of another who has signed in meanwhile.
    return login?.username === stale.username ? login : undefined
  }
}
