import type { ChallengeForm } from '../../../routes/authorize-challenge.ts'
import { OAuthError } from '../../base/errors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { SpentStore } from '../../store/spent.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import { accountState } from '../account/account-state.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Client } from '../clients/clients.ts'
import type { LoginAttempt } from '../login-attempt.ts'
import type { RequestContext } from '../request-context.ts'
import { type FactorCodes, hasCode } from '../second-factor/codes.ts'
import { hasFirstFactor } from '../sessions/authentication.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type AuthSession, spentSeries } from './auth-sessions.ts'
import type { EmailCodes } from './email-codes.ts'
import type { PasskeyLogins } from './insufficient-authorization.ts'
import { missingParameter } from './missing-parameter.ts'
import type { UserLogin } from './user-login.ts'

export type ChallengeSteps = ReturnType<typeof createChallengeSteps>

/** How far a login is: its auth session, the user who has shown a factor, and the session that steps up. */
export interface Progress {
  authSession?: AuthSession
  user?: UserRow
  session?: SessionRow
}

/** Why a request needs another one: the description of the error, and its further members. */
export interface Missing {
  description: string
  more?: { passkey_unknown: true }
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

  /** Verifies a passkey. A refused one is counted and recorded. */
  async function presentPasskey(
    text: string,
    progress: Progress,
    attempt: LoginAttempt,
    { clientId, ip }: { clientId: string; ip: string | null }
  ): Promise<Missing | undefined> {
    const { authSession, user, session } = progress
    if (!passkeys) throw new OAuthError('invalid_request', 'This server has no passkeys.')
    if (!authSession) throw missingParameter('auth_session', 'required with passkey')
    const response = parseJson(text)
    const found = await passkeys.verify(response, {
      challenge: authSession.id,
      hasFirstFactor: hasFirstFactor(methodsSoFar(authSession, session))
    })
    const about = { subject: user?.id ?? null, clientId, ip, detail: { reason: 'passkey' } }
    const failure = auditEvents.event('login.failed', about)
    if (found && found !== 'unknown' && (found.copied || !user || user.id === found.user.id)) {
      // A right signature counts for the account, so that failures of its address prefix cannot suppress a report.
      const counts = await throttle.rightSignature(found.user.id, { ...failure, subject: found.user.id })
      if (!found.copied) {
        attempt.shows(found.user, { amr: found.amr, use: { ...found.use, counts } })
        return undefined
      }
      await passkeys.reportCopy(found, ip)
      await throttle.unfinishedLogin({ counts })
    }
    await throttle.failure('passkey', ip, failure)
    return { description: refusedPasskey, ...(found === 'unknown' && { more: { passkey_unknown: true } }) }
  }

  return {
    /**
     * The login that an auth session continues. Throws `invalid_session` when it is not one of `client`, has expired or
     * was used, and when the account or the session has changed since.
     */
    async resume(authSession: AuthSession | undefined, client: Client): Promise<Progress> {
      if (!authSession || authSession.clientId !== client.id || (await spent.has(spentSeries(authSession).id)))
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
     * Shows `attempt` the factors in the request. Resolves to what is missing when there is none, when a passkey or a
     * code is refused, and when the account needs a second factor.
     */
    async present(
      form: ChallengeForm,
      progress: Progress,
      attempt: LoginAttempt,
      client: Client,
      context: RequestContext
    ): Promise<Missing | undefined> {
      const { user, authSession, session } = progress
      const about = { clientId: client.id, ip: context.ip }
      if (form.email_code !== undefined) return missing(await emailCodes.present(form, authSession, attempt, about))
      if (form.passkey !== undefined) return presentPasskey(form.passkey, progress, attempt, about)
      if (form.password !== undefined) {
        const { username = user?.username, password } = form
        if (username === undefined) throw missingParameter('username', 'required with password')
        const checked = await userLogin.check({ ...form, username, password }, attempt, client, context)
        return missing(checked.missing)
      }
      if (!user || !authSession || !hasCode(form)) return { description: 'Send one of the factors.' }
      factorCodes.assertForm(form)
      const code = await userLogin.checkCode(user, form, { ...about, sessionId: session?.id })
      if (typeof code === 'string') return { description: code }
      // A mailbox is no authenticator (NIST SP 800-63B-4 §3.1.3.1): after a code in the mail alone, this is one factor.
      const isSecond = methodsSoFar(authSession, session).some(method => method !== 'email' && method !== 'otp')
      attempt.shows(user, { ...code, amr: [...code.amr, ...(isSecond ? ['mfa'] : [])] })
      return undefined
    }
  }
}

const missing = (description: string | undefined) => (description === undefined ? undefined : { description })

/** The methods that the login has, and those of the session that it steps up. */
const methodsSoFar = ({ amr }: AuthSession, session: SessionRow | undefined) => [...amr, ...(session?.amr ?? [])]

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new OAuthError('invalid_request', 'passkey must be the JSON of a WebAuthn response.')
  }
}

const refusedPasskey = 'The passkey was refused. Try again, or use another factor.'

/** The error for every auth session that cannot be continued, whatever the reason. */
export const invalidSession = () =>
  new OAuthError('invalid_session', 'The auth_session is invalid, has expired or was already used. Begin again.')
