import type { ChallengeForm } from '../../../routes/authorize-challenge.ts'
import { OAuthError } from '../../base/errors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { SpentStore } from '../../store/spent.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import { accountState } from '../account/account-state.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import type { RequestContext } from '../request-context.ts'
import { type FactorCodes, hasCode } from '../second-factor/codes.ts'
import { hasFirstFactor } from '../sessions/authentication.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { LoginProof } from '../sessions/start.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { AuthSession } from './auth-sessions.ts'
import type { EmailCodes } from './email-codes.ts'
import type { PasskeyLogins } from './insufficient-authorization.ts'
import { missingParameter } from './missing-parameter.ts'
import type { UserLogin } from './user-login.ts'

export type ChallengeSteps = ReturnType<typeof createChallengeSteps>

/** How far a login is: its auth session, the user who has presented a method, and the session that steps up. */
export interface Progress {
  authSession?: AuthSession
  user?: UserRow
  session?: SessionRow
}

/** The user that a request names, the methods that it presents, and everything that they spend. */
export interface Presented extends LoginProof {
  user: UserRow
  /** The missing factor, or the reason of a refusal. */
  missing?: string | undefined
}

/** The steps of a login at the authorization challenge endpoint. */
export function createChallengeSteps(deps: {
  userLogin: UserLogin
  factorCodes: FactorCodes
  passkeys: PasskeyLogins | undefined
  emailCodes: EmailCodes
  spent: SpentStore
  users: UserStore
  sessions: Sessions
  throttle: Throttle
  auditEvents: AuditEvents
}) {
  const { userLogin, factorCodes, passkeys, emailCodes, spent, users, sessions, throttle, auditEvents } = deps

  /**
   * The proof of a passkey; `unknown` when no account has it, and `undefined` when it is refused, which are counted and
   * recorded.
   */
  async function presentPasskey(text: string, progress: Progress, client: Client, ip: string | null) {
    const { authSession, user, session } = progress
    if (!passkeys) throw new OAuthError('invalid_request', 'This server has no passkeys.')
    if (!authSession) throw missingParameter('auth_session', 'required with passkey')
    const response = parseJson(text)
    const found = await passkeys.verify(response, {
      challenge: authSession.id,
      hasFirstFactor: hasFirstFactor(methodsSoFar(authSession, session))
    })
    const about = { subject: user?.id ?? null, clientId: client.id, ip, detail: { reason: 'passkey' } }
    const failure = auditEvents.event('login.failed', about)
    if (found === 'unknown') {
      await throttle.failure('passkey', ip, failure)
      return found
    }
    if (found && !found.copied && (!user || user.id === found.user.id)) {
      const counts = await throttle.rightSignature(found.user.id, { ...failure, subject: found.user.id })
      return { ...found, use: { ...found.use, counts } }
    }
    if (found?.copied) {
      // A right signature counts for the account, so that failures of its address prefix cannot suppress the report.
      const counts = await throttle.rightSignature(found.user.id, { ...failure, subject: found.user.id })
      await passkeys.reportCopy(found, ip)
      await throttle.unfinishedLogin({ counts })
    }
    await throttle.failure('passkey', ip, failure)
    return undefined
  }

  return {
    /**
     * The login that an auth session continues. Throws `invalid_session` when it is not one of `client`, has expired or
     * was used, and when the account or the session has changed since.
     */
    async resume(authSession: AuthSession | undefined, client: Client): Promise<Progress> {
      if (!authSession || authSession.clientId !== client.id || (await spent.has(authSession.series)))
        throw invalidSession()
      if (authSession.userId === undefined) return { authSession }
      const user = await users.byId(authSession.userId)
      if (!user || user.disabled || accountState(user) !== authSession.state) throw invalidSession()
      if (authSession.sessionId === undefined) return { authSession, user }
      const session = await sessions.ofClient(authSession.sessionId, client)
      if (!session) throw invalidSession()
      return { authSession, user, session }
    },

    /**
     * The proof in the request; `undefined` when there is none, or a passkey or code by mail that is refused, and
     * `unknown` for a passkey of no account.
     */
    async present(
      form: ChallengeForm,
      progress: Progress,
      client: Client,
      context: RequestContext
    ): Promise<Presented | 'unknown' | undefined> {
      const { user, authSession, session } = progress
      if (form.email_code !== undefined)
        return emailCodes.present(form, authSession, { clientId: client.id, ip: context.ip })
      if (form.passkey !== undefined) return presentPasskey(form.passkey, progress, client, context.ip)
      if (form.password !== undefined) {
        const { username = user?.username, password } = form
        if (username === undefined) throw missingParameter('username', 'required with password')
        const { proof, ...login } = await userLogin.check({ ...form, username, password }, client, context)
        return { ...login, ...proof }
      }
      if (!user || !authSession || !hasCode(form)) return undefined
      factorCodes.assertForm(form)
      const about = { ip: context.ip, clientId: client.id, sessionId: session?.id }
      const code = await userLogin.checkCode(user, form, about)
      if (typeof code === 'string') return { user, amr: [], use: { spent: [] }, missing: code }
      // A mailbox is no authenticator (NIST SP 800-63B-4 §3.1.3.1): after a code in the mail alone, this is one factor.
      const isSecond = methodsSoFar(authSession, session).some(method => method !== 'email' && method !== 'otp')
      return { user, amr: [...code.amr, ...(isSecond ? ['mfa'] : [])], use: code.use }
    }
  }
}

/** The methods that the login has, and those of the session that it steps up. */
const methodsSoFar = ({ amr }: AuthSession, session: SessionRow | undefined) => [...amr, ...(session?.amr ?? [])]

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new OAuthError('invalid_request', 'passkey must be the JSON of a WebAuthn response.')
  }
}

/** The error for every auth session that cannot be continued, whatever the reason. */
export const invalidSession = () =>
  new OAuthError('invalid_session', 'The auth_session is invalid, has expired or was already used. Begin again.')
