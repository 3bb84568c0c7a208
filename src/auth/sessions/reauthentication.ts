import { Problem } from '../../base/errors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import { authenticateHeader } from '../../wire/authenticate-header.ts'
import type { StepUp } from '../../wire/requirements.ts'
import { isSatisfied, type Login, stepUpDescription, stepUpParameters } from '../../wire/step-up.ts'
import { authenticationOf, hasFirstFactor } from './authentication.ts'

/** The age up to which a login is recent, in seconds. A refresh does not make it recent. */
export const recentSeconds = 600

const recent: StepUp = { maxAge: recentSeconds }
const twoFactors: StepUp = { acr: 'aal2' }
const recentTwoFactors: StepUp = { ...twoFactors, ...recent }

/** A session, and the user that it belongs to; `null` for a client that acts for itself. */
export interface Authenticated {
  user: Pick<UserRow, 'secondFactorAt'> | null
  session: Pick<SessionRow, 'amr' | 'authTime'>
}

const noLogin: Login = { acr: undefined, authTime: undefined }

/**
 * The login of a session, if it has one, which decides instead of the token, so that a step-up takes effect at once.
 */
export const loginOf = ({ session }: Pick<Authenticated, 'session'>): Login =>
  session.authTime ? authenticationOf(session) : noLogin

/** The 401 of RFC 9470 §3. `detail` is printable ASCII without `"` and `\`. */
export const insufficientAuthentication = (stepUp: StepUp, detail = stepUpDescription(stepUp)) =>
  new Problem('insufficient_user_authentication', detail, {
    headers: authenticateHeader('Bearer', {
      error: 'insufficient_user_authentication',
      error_description: detail,
      ...stepUpParameters(stepUp)
    })
  })

export type Reauthentication = ReturnType<typeof createReauthentication>

/**
 * The requirements of dangerous operations for the login. A client that acts for itself has no login, and passes.
 */
export function createReauthentication({
  policy,
  now
}: {
  policy: { isEnrolled(user: Pick<UserRow, 'secondFactorAt'>): boolean }
  now: () => Date
}) {
  function assert(caller: Authenticated, stepUp: StepUp, detail?: string) {
    if (!isSatisfied(stepUp, loginOf(caller), now())) throw insufficientAuthentication(stepUp, detail)
  }

  return {
    /**
     * Throws the 401 of RFC 9470 §3 unless the login is recent and, if the account has a second factor, had two.
     * `detail` tells the user what else to do.
     */
    assertRecent(caller: Authenticated, detail?: string) {
      if (caller.user) assert(caller, policy.isEnrolled(caller.user) ? recentTwoFactors : recent, detail)
    },

    /**
     * Throws that 401 unless the login is recent and had the password or an ID token. For a login without them,
     * `max_age` is 0: a client that steps up then asks for the password, though the login is recent.
     */
    assertRecentPassword(caller: Authenticated, detail: string) {
      if (!hasFirstFactor(authenticationOf(caller.session).amr)) throw insufficientAuthentication({ maxAge: 0 }, detail)
      assert(caller, recent, detail)
    },

    /**
     * Throws that 401 only for a login with one factor of an account with a second, for an operation that takes the
     * current password, which replaces a recent login but no second factor.
     */
    assertTwoFactors(caller: Authenticated) {
      if (caller.user && policy.isEnrolled(caller.user)) assert(caller, twoFactors)
    }
  }
}
