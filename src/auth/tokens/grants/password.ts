import type { AuditEvent } from '../../../store/audit/events.ts'
import type { AuditEvents } from '../../audit-events.ts'
import type { Client } from '../../clients/clients.ts'
import type { ExtensionPoints } from '../../extensions/extension-points.ts'
import type { AuthSessions } from '../../login/auth-sessions.ts'
import type { Challenges } from '../../login/insufficient-authorization.ts'
import type { DecidedScope, DecideScope } from '../../login/login-scope.ts'
import { invalidLogin, type LoginForm, type UserLogin } from '../../login/user-login.ts'
import type { RequestContext } from '../../request-context.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { Throttle } from '../../throttle/throttle.ts'
import type { Grant, Granted, TokenRequest } from './grant.ts'

/** The resource owner password credentials grant (RFC 6749 §4.3). */
export function createPasswordGrant(deps: {
  userLogin: UserLogin
  decideScope: DecideScope
  authSessions: AuthSessions
  challenge: Challenges
  sessions: Sessions
  extensions: ExtensionPoints
  throttle: Throttle
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
}): Grant {
  const { userLogin, decideScope, authSessions, challenge, sessions, extensions, throttle, auditEvents, record } = deps

  /** Logs a user in. Tries once more when the user, password or client changes before the session starts. */
  async function logIn(
    form: LoginForm,
    request: TokenRequest,
    client: Client,
    context: RequestContext,
    mayTryAgain = true
  ): Promise<Granted> {
    const { user, proof, missing } = await userLogin.check(form, client, context)
    if (missing !== undefined) {
      const { scope, resource } = request
      throw challenge(missing, authSessions.begin(client, user, { amr: proof.amr, scope, resource }), 403)
    }
    // The password was right, so refusals from here on are recorded. Otherwise they would be an unrecorded way to test
    // passwords.
    const refuse = async (error: unknown, reason: string): Promise<never> => {
      const about = { subject: user.id, clientId: client.id, ip: context.ip, detail: { reason } }
      await throttle.unfinishedLogin(proof.use)
      await record(auditEvents.event('login.failed', about))
      throw error
    }
    let decided: DecidedScope
    try {
      decided = decideScope({ asked: request.scope, user, client, target: request.target })
    } catch (error) {
      return refuse(error, 'scope')
    }
    const { login, scope, audience } = decided
    // Called before the session starts, so that a failed login leaves no session behind.
    const claims = await extensions.claims(user, client.id, scope).catch(error => refuse(error, 'claims'))
    const started = sessions.startLogin(user, client, login, context, proof)
    const session = await started.catch(error => refuse(error, 'unavailable'))
    if (session) return { session, user, scope, audience, claims, isLogin: true }
    // A concurrent login may have upgraded the hash of the same password.
    if (mayTryAgain) {
      await throttle.unfinishedLogin({ attempts: proof.use.attempts })
      return logIn(form, request, client, context, false)
    }
    return refuse(invalidLogin(), 'changed meanwhile')
  }

  return {
    requires: ['username', 'password'],
    run: (form, request, client, context) => logIn(form as LoginForm, request, client, context)
  }
}
