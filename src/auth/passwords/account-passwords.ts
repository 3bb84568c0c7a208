import type { PasswordChange } from '../../../routes/me.ts'
import { concurrentChange, Problem } from '../../base/errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { Successor } from '../../store/password-changes.ts'
import type { Attempt } from '../../store/throttle.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { AuditAction, AuditEvents, Origin } from '../audit-events.ts'
import type { LoginAttempts } from '../login-attempt.ts'
import type { Mail } from '../mail/mail.ts'
import type { FactorCodes } from '../second-factor/codes.ts'
import { addressPrefix } from '../throttle/address-prefix.ts'
import type { PasswordCaller, Throttle } from '../throttle/throttle.ts'
import type { Passwords } from './passwords.ts'

/** A right password, the code that followed it, its caller, and the attempts that were counted. */
export interface CheckedPassword {
  password: string
  otp?: string
  caller: PasswordCaller
  attempts: Attempt[]
}

/** How a new password came about, and the end of what it does not end by itself. */
export interface NewPassword {
  /** The address that received the link; `null` for a link that was handed over. */
  address?: string | null | undefined
  /** Whether the personal access tokens are deleted too. */
  deleteTokens?: boolean | undefined
  /** Whether the linked identities are unlinked too. */
  unlinkIdentities?: boolean | undefined
}

export type AccountPasswords = ReturnType<typeof createAccountPasswords>

/** Passwords of accounts: checks, confirmation by their owners, and changes. */
export function createAccountPasswords(deps: {
  store: UserStore
  passwords: Passwords
  codes: FactorCodes
  attempts: LoginAttempts
  throttle: Throttle
  mail: Mail
  auditEvents: AuditEvents
  now: () => Date
  record: (event: AuditEvent) => Promise<void>
}) {
  const { store, passwords, codes, attempts, throttle, mail, auditEvents, now, record } = deps

  /**
   * Checks whether `password` is the password of `user`. `unknownName` is the given name when the user does not exist.
   * Resolves to the attempts that were counted, for the caller to give back, or to `undefined` when the password is
   * wrong. With `mayHaveCode`, the code of the account's authenticator app may follow the password. A failure is
   * recorded as `event` with its reason, and counts against the IP address of the event. Throws 429 after too many
   * failures, and 503 when too many checks are waiting or the attempt cannot be counted.
   */
  async function check(
    { user, unknownName = '' }: { user: UserRow | undefined; unknownName?: string },
    password: string,
    event: AuditEvent,
    { signal, mayHaveCode = false }: { signal?: AbortSignal | undefined; mayHaveCode?: boolean }
  ): Promise<CheckedPassword | undefined> {
    const caller = await throttle.caller(user ? { userId: user.id } : { unknownName }, event.ip ?? null)
    await throttle.assertMayTry(caller, event)
    const turn = await passwords.takeTurn(
      { ...caller, signal },
      {
        // Counted before the comparison, because failures of parallel guesses would be counted too late.
        prepare: async () => ({
          attempts: await throttle.password(caller, event),
          own: mayHaveCode ? await codes.split(user, password) : { password }
        }),
        undo: ({ attempts }) => throttle.withdraw(attempts)
      }
    )
    const { attempts, own } = turn.prepared
    let isRight = false
    try {
      // `disabled` is checked after the password, so that neither timing nor throttling reveals a disabled account.
      isRight = await passwords.verify(own.password, user?.passwordHash)
      if (isRight && !user?.disabled) return { ...own, caller, attempts }
    } finally {
      turn.end()
    }
    const reason = user ? (isRight ? 'disabled' : 'password') : 'unknown name'
    await record({ ...event, detail: { ...event.detail, reason } })
    return undefined
  }

  /**
   * Requires the current password of the account, and runs `act`. Throws 403 when the password is wrong, which is
   * recorded as `failure` and counts as a failed login; 429 and 503 as `check` does. If `act` fails, the failure is
   * recorded and counts as a login: the password was right, and the attempt must leave a trace.
   */
  async function withPassword<T>(
    user: UserRow,
    password: string,
    failure: AuditAction,
    { signal, ...origin }: Origin,
    act: () => Promise<T>
  ): Promise<T> {
    await passwords.assertRoom(addressPrefix(origin.ip ?? null))
    const event = auditEvents.event(failure, { ...origin, subject: user.id })
    return attempts.run({ ...origin, failure }, async attempt => {
      const checked = await check({ user }, password, event, { signal })
      if (!checked)
        throw new Problem('wrong_password', 'The current password is wrong.', {
          errors: [{ pointer: '/current_password', detail: 'is wrong' }]
        })
      const counts = throttle.rightPassword(user.id)
      attempt.shows(user, { amr: ['pwd'], use: { spent: [], attempts: checked.attempts, counts } })
      await attempt.giveBack()
      const done = await act().catch(async error => {
        throw await attempt.fail(error, 'refused')
      })
      await attempt.completeUnwritten()
      return done
    })
  }

  /**
   * Replaces the password by that of the hash `to`, ends every session, begins `successor`, and notifies the owner by
   * mail. `address` is that which received the link, which verifies it. A pending address is withdrawn. With
   * `deleteTokens`, the personal access tokens are deleted too, and with `unlinkIdentities`, the linked identities are
   * unlinked. Throws 409 when the account, or the client of `successor`, changes at the same time, or when another
   * account has verified `address`.
   */
  async function replace(
    user: UserRow,
    to: string,
    { address, successor, deleteTokens, unlinkIdentities, ...origin }: Origin & NewPassword & { successor?: Successor }
  ) {
    const ends = { deleteTokens, unlinkIdentities }
    const change = { id: user.id, from: user.passwordHash, to, address, successor, ...ends, now: now() }
    const event = auditEvents.event(address === undefined ? 'user.password_changed' : 'user.password_reset', {
      ...origin,
      subject: user.id,
      detail: {
        ...(successor && { session: successor.session.id }),
        ...(deleteTokens && { deleted_tokens: true }),
        ...(unlinkIdentities && { unlinked_identities: true })
      }
    })
    const notice = await mail.passwordChanged(user)
    if (await store.replacePassword(change, event, notice)) return
    if (successor)
      await record(
        auditEvents.event('user.password_change_failed', {
          ...origin,
          subject: user.id,
          detail: { reason: 'changed meanwhile' }
        })
      )
    throw concurrentChange()
  }

  return {
    check,
    withPassword,
    replace,

    /**
     * Sets a new password, ends every session, and notifies the owner by mail, as `replace` does. Throws a 400 about
     * `pointer` when the password is not acceptable, 429 after too many by mailed links, and what `replace` throws.
     */
    async set(
      user: UserRow,
      password: string,
      { pointer = '/password', ...origin }: Origin & NewPassword & { pointer?: string }
    ) {
      passwords.assertAcceptable(password, pointer, user)
      // The link stays valid while passwords are refused.
      if (origin.address !== undefined)
        await throttle.take(
          'password',
          ['link', user.id],
          auditEvents.event('throttle.refused', { ...origin, subject: user.id })
        )
      await replace(user, await passwords.hashNew(password, pointer, turnOf(origin)), origin)
    },

    /**
     * The hash of a new password, given the current one. Throws what `withPassword` throws, a 400 about `/new_password` when
     * the new password is not acceptable, and 429 after too many changes.
     */
    async hashOfNext(
      user: UserRow,
      { current_password, new_password }: PasswordChange,
      origin: Origin
    ): Promise<string> {
      const refusal = auditEvents.event('throttle.refused', { ...origin, subject: user.id })
      await throttle.assertAllowed('password', ['change', user.id], refusal)
      // Checked before the current password. A refusal after that check would reveal, without an audit event, that the
      // current password is right.
      passwords.assertAcceptable(new_password, '/new_password', user)
      return withPassword(user, current_password, 'user.password_change_failed', origin, async () => {
        // Counted only now, so that a stolen access token cannot keep the owner from a new password.
        await throttle.take('password', ['change', user.id], refusal)
        return passwords.hashNew(new_password, '/new_password', turnOf(origin))
      })
    }
  }
}

const turnOf = ({ ip = null, signal }: Origin) => ({ prefix: addressPrefix(ip), signal })
