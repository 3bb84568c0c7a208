import type { ChallengeForm } from '../../../routes/authorize-challenge.ts'
import { OAuthError } from '../../base/errors.ts'
import { deriveKey, equalInConstantTime, mac, randomSecret } from '../../base/secrets.ts'
import { secondsOf } from '../../base/times.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { EmailCodeRow, EmailCodeStore } from '../../store/email-codes.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import { accountNamed } from '../account/account-named.ts'
import { accountState } from '../account/account-state.ts'
import { localeFor } from '../account/locale.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { LoginAttempt } from '../login-attempt.ts'
import type { Mail } from '../mail/mail.ts'
import { assertFormText } from '../passwords/characters.ts'
import type { SecondFactorPolicy } from '../second-factor/policy.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { type AuthSession, authSessionTtl } from './auth-sessions.ts'
import { missingCode } from './missing-factor.ts'
import { missingParameter } from './missing-parameter.ts'

export type EmailCodes = ReturnType<typeof createEmailCodes>

const digits = 6
/** How often one code can be tried. */
export const mostTries = 5
/** The length of `codeFor` in an auth session, whatever it names: the length of a sealed token is not secret. */
const nameLength = 43

/** The address to which a code for the account goes; `null` when it gets none. */
const addressOf = ({ disabled, invitedAt, email, emailVerified }: UserRow) =>
  emailVerified && !disabled && invitedAt === null ? email : null

/** Whether the account still is the one that the code was made for. */
const isBound = ({ address, state }: EmailCodeRow, user: UserRow) =>
  addressOf(user) === address && accountState(user) === state

/**
 * Logins that begin with a code in the mail (draft-ietf-oauth-first-party-apps, Appendix B). The code is stored
 * nowhere: it is derived from `SECRET` and the series of the auth session. A request reads and writes the same for
 * every name: one that gets no code gets a row that nothing matches, and a message that is dropped.
 */
export function createEmailCodes(deps: {
  config: { secret: string; emailCodes: 'off' | 'on' }
  store: EmailCodeStore
  users: UserStore
  policy: SecondFactorPolicy
  throttle: Throttle
  mail: Mail
  auditEvents: AuditEvents
  newId: () => string
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
}) {
  const { config, store, users, policy, throttle, mail, auditEvents, newId, now, record } = deps
  const isOn = config.emailCodes === 'on'
  const key = deriveKey(config.secret, 'email-codes')

  /** From 48 bits, so that every code is equally frequent but for 1 in 10^8. */
  const codeOf = (series: string, account: string) =>
    String(Buffer.from(mac(key, `${series}\n${account}`), 'base64url').readUIntBE(0, 6) % 10 ** digits).padStart(
      digits,
      '0'
    )

  /** Throws `invalid_request` where a code by mail has no place, also beside another factor. */
  function assertUse(form: ChallengeForm, authSession: AuthSession | undefined) {
    if (!isOn) throw new OAuthError('invalid_request', 'This server sends no codes.')
    if (authSession?.userId !== undefined)
      throw new OAuthError(
        'invalid_request',
        'An e-mail code can only start a login. It is not accepted as a second factor or for a step-up.'
      )
    const { factor, email_code, password, passkey, otp, recovery_code } = form
    if ([factor, email_code, password, passkey, otp, recovery_code].filter(value => value !== undefined).length > 1)
      throw new OAuthError('invalid_request', 'Do not combine factor or email_code with another factor.')
  }

  return {
    isOn,

    /**
     * Mails a code to the account that the form names, in place of an earlier one. Resolves to what its auth session
     * carries, which begins a series of its own. Past a limit by name nothing is mailed, and an earlier code of this
     * login stays valid. Throws `invalid_request`, and 429 after too many requests from one IP address prefix.
     */
    async request(
      form: ChallengeForm,
      authSession: AuthSession | undefined,
      { clientId, ip, locale }: { clientId: string; ip: string | null } & Pick<Origin, 'locale'>
    ): Promise<Required<Pick<AuthSession, 'codeFor' | 'series' | 'expiresAt'>>> {
      assertUse(form, authSession)
      const { factor, username } = form
      if (factor !== 'email_code') throw new OAuthError('invalid_request', 'factor must be email_code.')
      if (username === undefined) throw missingParameter('username', 'required with factor')
      assertFormText('username', username)
      await throttle.take('mail', ip, auditEvents.event('login.code_requested', { clientId, ip }))
      const { user, unknownName } = await accountNamed(users, username)
      const { account, prefix, isKnown } = await throttle.caller(user ? { userId: user.id } : { unknownName }, ip)
      // By the name as it was given: a counter of the account would join its username and its address by their timing.
      const mayMail = await throttle.isAllowed('mailbox', ['email_code', isKnown ? [unknownName, prefix] : unknownName])
      const codeFor = account.padEnd(nameLength)
      const { series, expiresAt } =
        !mayMail && authSession?.codeFor === codeFor
          ? authSession
          : { series: randomSecret(), expiresAt: secondsOf(now()) + authSessionTtl }
      const address = mayMail && user ? addressOf(user) : null
      const to = user && address !== null ? { id: user.id, email: address } : { id: null, email: newId() }
      await store.replace(
        {
          userId: mayMail ? account : newId(),
          series,
          state: user ? accountState(user) : randomSecret(),
          address: to.email,
          expiresAt: new Date(expiresAt * 1000)
        },
        mail.code({ ...to, locale: localeFor(user, { locale }) }),
        auditEvents.event('login.code_requested', { clientId, ip, subject: user?.id ?? null })
      )
      return { codeFor, series, expiresAt }
    },

    /**
     * Checks the code of a request, and shows `attempt` the account if it is right. Resolves to a reason otherwise: the
     * code is wrong, has expired or was tried too often, or the account, its password, second factors or address have
     * changed since; each is counted and recorded as a wrong password is. Also when the account has a second factor,
     * which it asks for. Throws `invalid_request` and 429.
     */
    async present(
      form: ChallengeForm,
      authSession: AuthSession | undefined,
      attempt: LoginAttempt,
      { clientId, ip }: { clientId: string; ip: string | null }
    ): Promise<string | undefined> {
      assertUse(form, authSession)
      const { email_code = '' } = form
      if (!authSession) throw missingParameter('auth_session', 'required with email_code')
      const { codeFor, series } = authSession
      if (codeFor === undefined)
        throw new OAuthError('invalid_request', 'Ask for a code first: send username and factor=email_code.')
      if (!/^\d{6}$/.test(email_code)) throw new OAuthError('invalid_request', 'email_code must be six digits.')
      const account = codeFor.trimEnd()
      const user = await users.byId(account)
      const about = { subject: user?.id ?? null, clientId, ip }
      const failure = auditEvents.event('login.failed', { ...about, detail: { reason: 'email code' } })
      const caller = await throttle.caller({ userId: account }, ip)
      await throttle.assertMayTry(caller, failure)
      const attempts = await throttle.password(caller, failure)
      const row = await store.take({ account, series, most: mostTries }, now())
      const isRight = equalInConstantTime(email_code, codeOf(series, account))
      if (!user || !row || !isRight || !isBound(row, user)) {
        await record(failure)
        return wrongEmailCode
      }
      attempt.shows(user, {
        amr: ['email'],
        use: { spent: [], attempts, counts: throttle.rightPassword(user.id) }
      })
      if (!policy.isEnrolled(user)) return undefined
      await record(auditEvents.event('login.challenged', about))
      return missingCode.afterOther
    },

    /** The code for a queued message to `address`; `undefined` when there is none any more. */
    async codeFor(user: UserRow, address: string): Promise<string | undefined> {
      const row = isOn ? await store.live(user.id, now()) : undefined
      return row && row.address === address && isBound(row, user) ? codeOf(row.series, user.id) : undefined
    },

    /** Deletes expired codes, until `stop` fires. */
    prune: (stop?: AbortSignal) => store.prune(now(), stop)
  }
}

const wrongEmailCode = 'The code is wrong, expired or was already used. Try again, or ask for a new one.'
