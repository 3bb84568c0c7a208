import { OAuthError } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import { assertFormText } from '../passwords/characters.ts'
import type { RequestContext } from '../request-context.ts'
import { type CodeProof, type FactorCodes, hasCode, type PresentedCode } from '../second-factor/codes.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import type { LoginProof } from '../sessions/start.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Users } from '../users/users.ts'

export type UserLogin = ReturnType<typeof createUserLogin>

/** The parameters with which a user logs in. */
export interface LoginForm extends PresentedCode {
  username: string
  password: string
}

/**
 * A user, and the methods of the request. `missing` says that a second factor is missing, or why the code was refused;
 * then the attempts are already given back.
 */
export interface PresentedLogin {
  user: UserRow
  proof: LoginProof
  missing?: string
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
   * Checks the code of a request after a right password, or for the step-up of the session `sessionId`. Resolves to its
   * proof, or to the reason why there is none, which is recorded. Throws 429 after too many wrong codes.
   */
  async function checkCode(
    user: UserRow,
    form: PresentedCode,
    { clientId, ip, sessionId }: { clientId: string; ip: string | null; sessionId?: string | undefined }
  ): Promise<CodeProof | string> {
    const about = { subject: user.id, clientId, ip }
    const refusal = hasCode(form)
      ? auditEvents.event('login.failed', { ...about, detail: { reason: 'code' } })
      : auditEvents.event('login.challenged', about)
    const proof = await codes.check(user, form, { event: refusal, sessionId })
    if (proof) return proof
    await record(refusal)
    return hasCode(form)
      ? 'The code is wrong, expired or was already used.'
      : 'Send otp or recovery_code too, or the code of the authenticator app after the password.'
  }

  return {
    checkCode,

    /**
     * Checks a username, a password and, for an account with a second factor, a code. Throws the same `invalid_grant`
     * for every login without a right password, whatever the reason; `invalid_request` for text that cannot be a
     * password or a code; 429; and 503.
     */
    async check(
      form: LoginForm,
      { id: clientId }: Pick<Client, 'id'>,
      { ip, disconnected }: RequestContext
    ): Promise<PresentedLogin> {
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
      const amr = ['pwd']
      const use = { spent: [], attempts, counts: throttle.rightPassword(user.id) }
      if (!policy.isEnrolled(user)) return { user, proof: { amr, use } }
      const presented = otp === undefined ? form : { otp }
      const code = await checkCode(user, presented, { ip, clientId }).catch(async error => {
        await throttle.unfinishedLogin(use)
        throw error
      })
      if (typeof code === 'object') {
        const both = { ...use, ...code.use, attempts: [...attempts, ...code.use.attempts] }
        return { user, proof: { amr: [...amr, ...code.amr, 'mfa'], use: both } }
      }
      // The password was right.
      await throttle.unfinishedLogin(use)
      return { user, proof: { amr, use: { spent: [] } }, missing: code }
    }
  }
}

/** The error for every login without a right password. */
export const invalidLogin = () => new OAuthError('invalid_grant', 'The username or the password is wrong.')
