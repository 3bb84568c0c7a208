import { concurrentChange, Problem } from '../../errors.ts'
import type { PasskeyRow, SecondFactorStore } from '../../store/second-factors.ts'
import type { SessionRow } from '../../store/sessions.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import type { RecoveryCodes } from '../second-factor/recovery-codes.ts'

/** The confirmation of passkeys that browsers have made by themselves, by the owners of the accounts. */
export function createConfirmation(deps: {
  store: SecondFactorStore
  recoveryCodes: RecoveryCodes
  mail: Mail
  auditEvents: AuditEvents
  now: () => Date
}) {
  const { store, recoveryCodes, mail, auditEvents, now } = deps

  /**
   * Makes a passkey that is not confirmed a second factor. The other sessions of the user end; `session` stays as it
   * is. An account without recovery codes gets some, which are shown only here. Call `enrolment.assertMayBegin` first.
   * Throws 404 when no passkey with this id waits, and 409 when the account or the session changes at the same time.
   */
  return async function confirm(
    user: UserRow,
    session: Pick<SessionRow, 'id'>,
    id: string,
    by: Origin
  ): Promise<{ passkey: PasskeyRow; codes: string[] | undefined }> {
    const passkey = (await store.passkeysOf(user.id)).find(one => one.id === id && one.confirmedAt === null)
    if (!passkey) throw new Problem('not_found', 'You have no passkey with this id to confirm.')
    const created = (await store.recoveryCodes(user.id)).length === 0 ? recoveryCodes.create(user.id) : undefined
    const at = now()
    const isDone = await store.confirmPasskey(user, id, {
      now: at,
      session: session.id,
      recoveryCodes: created?.rows,
      messages: await mail.secondFactor('factor_added', user, at),
      event: auditEvents.event('factor.confirmed', { ...by, subject: user.id, detail: { type: 'passkey', id } })
    })
    if (!isDone) throw concurrentChange()
    return { passkey: { ...passkey, confirmedAt: at }, codes: created?.codes }
  }
}
