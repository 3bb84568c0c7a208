import type { UserRow } from '../../store/users.ts'
import { isScopeRefusal } from '../login/login-scope.ts'
import { unmetRequirements } from '../login/step-up.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { DecideAccess } from '../tokens/access.ts'
import type { Granted, TokenRequest } from './grant.ts'

export type BeginLogin = ReturnType<typeof createBeginLogin>

/**
 * Begins the session of the user whose factors the attempt has seen; `authTime` is the time of the last one if that is
 * not now. Resolves to `undefined`, and leaves the attempt open, if the account changes before the session starts.
 */
export const createBeginLogin =
  ({
    decideAccess,
    sessions,
    policy
  }: {
    decideAccess: DecideAccess
    sessions: Sessions
    policy: Pick<SecondFactorPolicy, 'isEnrolled'>
  }) =>
  async (
    { client, context, scope, target, attempt, bindsTo }: TokenRequest,
    authTime?: Date | undefined
  ): Promise<Granted | undefined> => {
    const { amr } = attempt
    const user = attempt.user as UserRow
    // Whatever a grant has asked for.
    if (policy.isEnrolled(user) && !amr.includes('mfa'))
      throw await attempt.fail(unmetRequirements('Log in with two factors.'), 'no second factor')
    const access = await decideAccess({ asked: scope, user, client, target }).catch(async error => {
      throw await attempt.fail(error, isScopeRefusal(error) ? 'scope' : 'claims')
    })
    const session = await attempt.complete(use =>
      sessions.startLogin(user, client, access.login, context, { amr, use }, { authTime, jkt: bindsTo })
    )
    return session && { session, user, access, isLogin: true }
  }
