import type { Endpoints, PasswordChange } from './endpoints.ts'
import { type Login, type LoginStore, loginOf, type SignedIn, signedInBy } from './login-store.ts'
import { ProblemError } from './problem-error.ts'
import type { Refresh } from './refresh.ts'

/**
 * Changes the password of the logged-in user and stores the login that the server begins in its place. `end` ends a
 * login that is not stored.
 */
export function createPasswordChange(
  deps: { endpoints: Endpoints; logins: LoginStore; end: (login: Login) => Promise<unknown> } & Pick<
    Refresh,
    'refresh' | 'exclusively'
  >
) {
  const { endpoints, logins, refresh, exclusively, end } = deps

  async function attempt(username: string, change: PasswordChange): Promise<Login | undefined> {
    const before = await logins.read()
    if (before?.username !== username) return undefined
    const askedAt = Date.now()
    const next = loginOf(username, askedAt, await endpoints.changePassword(before, change))
    if ((await logins.replace(before, next)) === next) return next
    await end(next)
    return undefined
  }

  return async (change: PasswordChange): Promise<SignedIn | undefined> => {
    const login = await logins.read()
    if (!login) return undefined
    const isFresh = Date.now() < login.refreshAt
    const usable = isFresh ? login : await refresh(login)
    if (!usable) return undefined
    // No refresh runs at the same time, because the server would refuse its refresh token.
    const run = () => exclusively(() => attempt(login.username, change))
    const next = await run().catch(async error => {
      if (!(error instanceof ProblemError) || error.status !== 401) throw error
      return (await refresh(usable)) && (await run())
    })
    return next && signedInBy(next)
  }
}
