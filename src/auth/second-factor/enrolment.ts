import type { AuditEvent } from '../../store/audit/events.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditAction, AuditEvents, Origin } from '../audit-events.ts'
import type { Reauthentication } from '../sessions/reauthentication.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { SecondFactorPolicy } from './policy.ts'

/** Limits the changes of second factors, and decides who may add one. */
export function createEnrolment(deps: {
  policy: SecondFactorPolicy
  reauthentication: Reauthentication
  accountPasswords: {
    withPassword(
      user: UserRow,
      password: string,
      failure: AuditAction,
      by: Origin,
      act: () => Promise<void>
    ): Promise<void>
  }
  throttle: Throttle
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
}) {
  const { policy, reauthentication, accountPasswords, throttle, auditEvents, record } = deps

  /** Counts a change of the second factors of an account. Throws 429 past the limit. */
  const count = ({ id }: Pick<UserRow, 'id'>, by: Origin) =>
    throttle.take('profile', id, auditEvents.event('throttle.refused', { ...by, subject: id }))

  return {
    count,

    /**
     * Counts the beginning of an enrolment, and requires what it needs. The first second factor needs the password:
     * `current_password`, or a login with it or with an ID token within the last ten minutes, because a stolen access
     * token or a short look at an open page would otherwise be enough to take the account over for good. A further one
     * needs a recent login with two factors. Throws the 401 of RFC 9470 §3, 403 for a wrong password, 429 and 503.
     */
    async assertMayBegin(
      caller: { user: UserRow; session: SessionRow },
      { current_password }: { current_password?: string },
      by: Origin
    ) {
      await count(caller.user, by)
      if (policy.isEnrolled(caller.user)) reauthentication.assertRecent(caller)
      else if (current_password === undefined) reauthentication.assertRecentPassword(caller, needsPassword)
      else {
        // A right password leaves an event too, so that a thief of a token cannot find it out unseen.
        const allowed = auditEvents.event('factor.addition_allowed', { ...by, subject: caller.user.id })
        await accountPasswords.withPassword(caller.user, current_password, 'factor.addition_failed', by, () =>
          record(allowed)
        )
      }
    }
  }
}

const needsPassword =
  'Send current_password, or log in with the password or an ID token again, to add the first second factor.'
