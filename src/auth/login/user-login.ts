import { OAuthError } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import type { LoginAttempt, ShownFactor } from '../login-attempt.ts'
import { assertFormText } from '../passwords/characters.ts'
import type { RequestContext } from '../request-context.ts'
import { type CodeForm, type FactorCodes, hasCode } from '../second-factor/codes.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Users } from '../users/users.ts'
import { missingCode, wrongCode } from './missing-factor.ts'

export type UserLogin = ReturnType<typeof createUserLogin>

/** The parameters with which a user logs in. */
export interface LoginForm extends CodeForm {
  username: string
  password: string
}

/** Checks a login form: the password, and a code for an account with a second factor. */
export function createUserLogin(deps: {
  users: Users
  codes: FactorCodes
  policy: SecondFactorPolicy
  throttle: Throttle
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
}) {
  const { users, codes, policy, throttle, auditEvents, record } = deps

  /**
   * Checks the code of a request after a right first factor, or for the step-up of the session `sessionId`. Resolves to
   * the factor, or to the reason why there is none, which is recorded. Throws 429 after too many wrong codes.
   */
  async function checkCode(
    user: UserRow,
    form: CodeForm,
    { clientId, ip, sessionId }: { clientId: string; ip: string | null; sessionId?: string | undefined }
  ): Promise<ShownFactor | string> {
    const about = { subject: user.id, clientId, ip }
    const refusal = hasCode(form)
      ? auditEvents.event('login.failed', { ...about, detail: { reason: 'code' } })
      : auditEvents.event('login.challenged', about)
    const factor = await codes.check(user, form, { event: refusal, sessionId })
    if (factor) return factor
    await record(refusal)
    return hasCode(form) ? wrongCode : missingCode.afterPassword
  }

  return {
    checkCode,

    /**
     * Checks a username, a password and, for an account with a second factor, a code, and shows `attempt` what is
     * right. Resolves to the user, with the reason if the code is missing or wrong. Throws the same `invalid_grant` for
     * every login without a right password; `invalid_request` for text that cannot be a password or a code; 429; 503.
     */
    async check(
      form: LoginForm,
      attempt: LoginAttempt,
      { id: clientId }: Pick<Client, 'id'>,
      { ip, disconnected }: RequestContext
    ): Promise<{ user: UserRow; missing?: string }> {
      assertFormText('username', form.username)
      assertFormText('password', form.password)
      codes.assertForm(form)
      const checked = await users.authenticate(form, {
        ip,
        clientId,
        signal: disconnected?.(),
        mayHaveCode: !hasCode(form)
      })
      if (!checked) throw invalidLogin()
      const { user, attempts, otp } = checked
      attempt.shows(user, { amr: ['pwd'], use: { spent: [], attempts, counts: throttle.rightPassword(user.id) } })
      if (!policy.isEnrolled(user)) return { user }
      const code = await checkCode(user, otp === undefined ? form : { otp }, { ip, clientId })
      if (typeof code === 'string') return { user, missing: code }
      attempt.shows(user, { ...code, amr: [...code.amr, 'mfa'] })
      return { user }
    }
  }
}

/** The error for every login without a right password. */
export const invalidLogin = () => new OAuthError('invalid_grant', 'The username or the password is wrong.')
