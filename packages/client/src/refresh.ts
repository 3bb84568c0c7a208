import type { DpopKeys } from './dpop-keys.ts'
import type { Endpoints } from './endpoints.ts'
import type { Lock } from './lock.ts'
import { type Login, type LoginStore, loginOf } from './login-store.ts'
import { OAuthError } from './oauth-error.ts'
import { createTurns } from './turns.ts'

export type Refresh = ReturnType<typeof createRefresh>

/**
 * The pauses between attempts whose outcome is unknown. All attempts, with the longest waits for lock and response, end
 * within the 30 seconds (REFRESH_GRACE) in which the server accepts the same refresh token again, unless the browser
 * suspends the page: then the login may end.
 */
const pausesMs = [250, 1000]

/** Uses the refresh token of the stored login. `end` ends a login on the server. */
export function createRefresh(deps: {
  endpoints: Endpoints
  logins: LoginStore
  keys: DpopKeys
  lock: Lock
  end: (login: Login) => Promise<unknown>
}) {
  const { endpoints, logins, keys, lock, end } = deps
  let flight: Promise<Login | undefined> | undefined
  const turns = createTurns()

  /** Runs one function after the other, because each uses the refresh token that the previous one has stored. */
  const inTurn = <T>(run: () => Promise<T>) => turns(() => lock(run))

  /** The stored login. It ends when its key is lost, because the server accepts nothing of it any more. */
  async function usable(): Promise<Login | undefined> {
    const login = await logins.read()
    if (login?.jkt === undefined || (await keys.of(login.jkt))) return login
    // Not awaited: the login is of no use to its user.
    void end(login)
    return await logins.replace(login, undefined)
  }

  /** Exchanges the refresh token of `login`. Resolves to the next login; `undefined` when the login has ended. */
  async function exchange(
    login: Login,
    refreshToken: string,
    { asked, next }: { asked?: Record<string, string>; next: (issued: Login) => Login }
  ): Promise<Login | undefined> {
    const askedAt = Date.now()
    try {
      const tokens = await endpoints.refresh(refreshToken, login.jkt, asked)
      return await logins.replace(login, next(loginOf(login.username, askedAt, tokens)))
    } catch (error) {
      if (error instanceof OAuthError && error.error === 'invalid_grant') return await logins.replace(login, undefined)
      throw error
    }
  }

  async function renew(stale: Login): Promise<Login | undefined> {
    const login = await usable()
    if (login?.accessToken !== stale.accessToken) return login
    if (login.refreshToken === undefined) {
      // One API may reject a token that others accept, so the login is kept until it expires.
      return Date.now() < login.expiresAt ? undefined : await logins.replace(login, undefined)
    }
    return await exchange(login, login.refreshToken, {
      next: issued => ({ ...issued, endsAt: login.endsAt ?? issued.endsAt, resources: login.resources })
    })
  }

  async function tokenFor(resource: string, refused: string | undefined): Promise<string | undefined> {
    const login = await usable()
    let token = storedToken(login, resource, refused)
    if (token !== undefined || login?.refreshToken === undefined) return token
    await exchange(login, login.refreshToken, {
      asked: { resource },
      next({ refreshToken, jkt, accessToken, refreshAt }) {
        token = accessToken
        return {
          ...login,
          refreshToken,
          jkt,
          resources: { ...login.resources, [resource]: { accessToken, refreshAt } }
        }
      }
    })
    return token
  }

  async function persist<T>(attempt: () => Promise<T>): Promise<T> {
    for (const pauseMs of pausesMs) {
      try {
        // The lock is released before the pause, so that another tab can refresh.
        return await inTurn(attempt)
      } catch (error) {
        if (error instanceof OAuthError && error.error !== 'server_error') throw error
        await new Promise(resolve => setTimeout(resolve, pauseMs))
      }
    }
    return await inTurn(attempt)
  }

  return {
    /**
     * Replaces the tokens of a login, once for all concurrent callers. Resolves to the new login, which another tab may
     * have stored. Resolves to `undefined` when the user has logged out, when the server reports that the login has
     * ended (`invalid_grant`), when its key is lost, and when there is no refresh token; a login without one is kept
     * until it expires. Rejects when the server refuses for another reason or cannot be reached, and when the key
     * cannot be read now; the login is then kept.
     */
    async refresh(stale: Login): Promise<Login | undefined> {
      flight ??= persist(() => renew(stale)).finally(() => {
        flight = undefined
      })
      const login = await flight
      // Another user may have logged in since then, who must not send this request.
      return login?.username === stale.username ? login : undefined
    },

    /**
     * An access token for the API `resource` alone, which is kept with the login until it is due for replacement, or
     * `refused`. Resolves to `undefined` without a login that has a refresh token, and when the login has ended.
     * Rejects as `refresh` does.
     */
    tokenFor: async (resource: string, refused?: string) =>
      storedToken(await logins.read(), resource, refused) ?? (await persist(() => tokenFor(resource, refused))),

    /**
     * Replaces the tokens of the stored login of this user, if the login satisfies `asked`. Resolves to the new
     * login, and to `undefined` as `tokenFor` does, and when another user has logged in. Rejects with
     * `insufficient_authorization` when the user has to present more, and as `refresh` does.
     */
    raise: (username: string | undefined, asked?: Record<string, string>) =>
      persist(async () => {
        const login = await usable()
        if (login?.refreshToken === undefined || login.username !== username) return undefined
        // The tokens for other APIs are not kept, because they are those of the login as it was.
        return await exchange(login, login.refreshToken, { ...(asked && { asked }), next: issued => issued })
      }),

    /** Runs `run`, which may replace the login, while no refresh runs. Rejects with its error. */
    exclusively: inTurn
  }
}

/** The stored token for `resource`, unless it is due for replacement or is the `refused` one. */
function storedToken(login: Login | undefined, resource: string, refused: string | undefined): string | undefined {
  const stored = login?.resources?.[resource]
  return stored && stored.accessToken !== refused && Date.now() < stored.refreshAt ? stored.accessToken : undefined
}
