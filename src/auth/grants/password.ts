import type { AuthSessions } from '../login/auth-sessions.ts'
import type { InsufficientAuthorization } from '../login/insufficient-authorization.ts'
import { invalidLogin, type LoginForm, type UserLogin } from '../login/user-login.ts'
import type { BeginLogin } from './begin-login.ts'
import type { Grant, Granted, TokenRequest } from './grant.ts'

/** The password grant (RFC 6749 §4.3). */
export function createPasswordGrant(deps: {
  userLogin: UserLogin
  authSessions: AuthSessions
  insufficient: InsufficientAuthorization
  beginLogin: BeginLogin
}): Grant {
  const { userLogin, authSessions, insufficient, beginLogin } = deps

  /** Logs a user in. Tries once more when the user, password or client changes before the session starts. */
  async function logIn(form: LoginForm, request: TokenRequest, mayTryAgain = true): Promise<Granted> {
    const { attempt, client, context, scope, resource } = request
    const { user, missing } = await userLogin.check(form, attempt, client, context)
    if (missing !== undefined) {
      const { amr, jkt } = attempt
      await attempt.proceed()
      throw insufficient(missing, authSessions.begin(client, user, { amr, scope, resource, jkt }))
    }
    const granted = await beginLogin(request)
    if (granted) return granted
    if (!mayTryAgain) throw await attempt.fail(invalidLogin(), 'changed meanwhile')
    // A concurrent login may have upgraded the hash of the same password.
    await attempt.restart()
    return logIn(form, request, false)
  }

  return {
    requires: ['username', 'password'],
    run: (form, request) => logIn(form as LoginForm, request)
  }
}
