import type { AuditEvent } from '../../store/audit/events.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import type { AuthSessions } from '../login/auth-sessions.ts'
import type { InsufficientAuthorization } from '../login/insufficient-authorization.ts'
import { invalidLogin, type LoginForm, type UserLogin } from '../login/user-login.ts'
import type { RequestContext } from '../request-context.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { BeginLogin } from './begin-login.ts'
import type { Grant, Granted, TokenRequest } from './grant.ts'

/** The resource owner password credentials grant (RFC 6749 §4.3). */
export function createPasswordGrant(deps: {
  userLogin: UserLogin
  authSessions: AuthSessions
  insufficient: InsufficientAuthorization
  beginLogin: BeginLogin
  throttle: Throttle
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
}): Grant {
  const { userLogin, authSessions, insufficient, beginLogin, throttle, auditEvents, record } = deps

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
      const { scope, resource, dpop } = request
      const login = { amr: proof.amr, scope, resource, jkt: dpop?.jkt }
      throw insufficient(missing, authSessions.begin(client, user, login), 403)
    }
    // The password was right, so refusals from here on are recorded. Otherwise they would be an unrecorded way to test
    // passwords.
    const refuse = async (error: unknown, reason: string): Promise<never> => {
      const about = { subject: user.id, clientId: client.id, ip: context.ip, detail: { reason } }
      await throttle.unfinishedLogin(proof.use)
      await record(auditEvents.event('login.failed', about))
      throw error
    }
    const granted = await beginLogin({ user, proof, refuse }, request, client, context)
    if (granted) return granted
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
