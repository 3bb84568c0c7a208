import { Problem } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { AuditAction, AuditEvents, Origin } from '../audit/audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Throttle } from '../throttle/throttle.ts'

/** The passwords of accounts: checked, shown by their owners, and replaced. */
export function createAccountPasswords(deps: {
  store: UserStore
  passwords: Passwords
  throttle: Throttle
  mail: Mail
  auditEvents: AuditEvents
  now: () => Date
}) {
  const { store, passwords, throttle, mail, auditEvents, now } = deps

  /**
   * Whether `password` is the one of `user`; `unknownName` is the name that was given where there is no user. A failure is
   * recorded as `event` and counts against its address. Throws 429 when too many failed before, and 503 when too many wait.
   */
  async function check(
    { user, unknownName = '' }: { user: UserRow | undefined; unknownName?: string },
    password: string,
    event: AuditEvent,
    signal: AbortSignal | undefined
  ): Promise<boolean> {
    const counters = await throttle.passwordBuckets(user ? { userId: user.id } : { unknownName }, event.ip ?? null)
    await throttle.assertAllowed(counters, event)
    const endTurn = await passwords.takeTurn(signal)
    try {
      // Again, since failures during the wait count too: guessing in parallel gains nothing.
      await throttle.assertAllowed(counters, event)
      // `disabled` after the password, so that neither time nor throttle tells a disabled account from a wrong password.
      const isRight = (await passwords.verify(password, user?.passwordHash)) && !user?.disabled
      if (!isRight) await throttle.countFailure(counters, event)
      return isRight
    } finally {
      endTurn()
    }
  }

  /**
   * Has the owner of the account show the password. Throws 403 when it is wrong, which the audit trail records as `failure` and
   * which counts like a failed login; 429 and 503 as `check` does.
   */
  async function assert(user: UserRow, password: string, failure: AuditAction, origin: Origin) {
    await passwords.assertRoom()
    const event = auditEvents.event(failure, { ...origin, subject: user.id })
    if (await check({ user }, password, event, origin.signal)) return
    throw new Problem(403, 'The current password is wrong.', {
      errors: [{ pointer: '/current_password', detail: 'is wrong' }]
    })
  }

  /**
   * Sets a new password and ends every session but `keepSession`; its owner is told by mail. Whoever does it by a link
   * that was mailed to the address `shown` has verified it. Throws a 400 about `pointer` when the password is not acceptable,
   * and 409 when somebody else changed password or address at the same moment.
   */
  async function set(
    user: UserRow,
    password: string,
    {
      keepSession,
      shown,
      pointer = '/password',
      ...origin
    }: Origin & { keepSession?: string; shown?: string; pointer?: string }
  ) {
    passwords.assertAcceptable(password, pointer, user)
    const to = await passwords.hash(password, origin.signal)
    const change = { id: user.id, from: user.passwordHash, to, keepSession, shown, now: now() }
    const event = auditEvents.event(shown ? 'user.password_reset' : 'user.password_changed', {
      ...origin,
      subject: user.id
    })
    const notice = await mail.notice('password_changed', user)
    if (!(await store.replacePassword(change, event, notice)))
      throw new Problem(409, 'The password was changed meanwhile.')
  }

  return {
    check,
    assert,
    set,

    /**
     * Replaces a password by its owner, who shows the current one, and ends every session but `keepSession`. Throws what
     * `assert` and `set` do.
     */
    async change(
      user: UserRow,
      { current_password, new_password }: { current_password: string; new_password: string },
      { keepSession, ...origin }: Origin & { keepSession: string }
    ) {
      // Before the current one is checked: what is refused after that check would say that it was right, and leave no trace.
      passwords.assertAcceptable(new_password, '/new_password', user)
      await assert(user, current_password, 'user.password_change_failed', origin)
      await set(user, new_password, { ...origin, keepSession, pointer: '/new_password' })
    }
  }
}
