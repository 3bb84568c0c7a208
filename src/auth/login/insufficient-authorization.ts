import { OAuthError } from '../../base/errors.ts'
import type { VerifiedPasskey } from '../passkeys/assertion.ts'
import { hasFirstFactor } from '../sessions/authentication.ts'
import type { AuthSession, AuthSessions } from './auth-sessions.ts'

export type InsufficientAuthorization = ReturnType<typeof createInsufficientAuthorization>

/** Logins with passkeys, where the server has them. */
export interface PasskeyLogins {
  /** The options for the browser, which are the same for every account. */
  requestOptions(asked: { challenge: string; userVerification: 'required' | 'preferred' }): object
  /**
   * The user and the methods of a signed response, `unknown` for a passkey of no account, `undefined` for every other.
   */
  verify(
    response: unknown,
    about: { challenge: string; hasFirstFactor: boolean }
  ): Promise<VerifiedPasskey | 'unknown' | undefined>
  /** Records a passkey that may have been copied, and notifies its owner. */
  reportCopy(passkey: VerifiedPasskey, ip: string | null): Promise<void>
}

/** Asks a client for what is missing of a login, with 403 (draft-ietf-oauth-first-party-apps §5.2.2, §6.2). */
export function createInsufficientAuthorization(deps: {
  authSessions: AuthSessions
  passkeys: PasskeyLogins | undefined
  emailCodes: { isOn: boolean }
}) {
  const { authSessions, passkeys, emailCodes } = deps
  const passkey = passkeys ? ['passkey'] : []
  const [first, second] = [
    ['password', ...passkey, ...(emailCodes.isOn ? ['email_code'] : [])],
    ['otp', 'recovery_code', ...passkey]
  ]

  /**
   * The error that asks for more. The list of factors does not depend on what the account has. `earlier` are the
   * methods of the login that is stepped up.
   */
  return function insufficient(
    description: string,
    session: AuthSession,
    { earlier = [], ...more }: { earlier?: string[] | undefined; passkey_unknown?: true } = {}
  ): OAuthError {
    // A step-up of an account without a second factor is a password again.
    const next = session.sessionId === undefined ? second : ['password', ...second]
    const options = passkeys?.requestOptions({
      challenge: session.id,
      userVerification: hasFirstFactor([...earlier, ...session.amr]) ? 'preferred' : 'required'
    })
    return new OAuthError('insufficient_authorization', description, {
      status: 403,
      members: {
        auth_session: authSessions.seal(session),
        auth_session_expires_in: authSessions.expiresIn(session),
        factors: session.userId === undefined ? first : next,
        ...(options && { passkey: options }),
        ...more
      }
    })
  }
}
