import type { ProfileCorrection } from '../../../routes/user-admin.ts'
import { concurrentChange, Problem } from '../../base/errors.ts'
import type { NewMail } from '../../store/mail.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import { assertVersion } from '../account/account-version.ts'
import { type Administrator, assertHolds } from '../account/administrator.ts'
import {
  assertEmail,
  assertFullName,
  assertUsername,
  normalizeEmail,
  normalizeUsername
} from '../account/identifiers.ts'
import type { AuditEvents } from '../audit-events.ts'
import { emailChange } from '../links/email-change.ts'
import type { Mail } from '../mail/mail.ts'
import type { Throttle } from '../throttle/throttle.ts'
import { usernameTaken } from './registration.ts'

/** Corrections of the name and the address of an account by an administrator. */
export const createCorrections =
  (deps: {
    config: { defaultScopes: string[] }
    store: UserStore
    throttle: Throttle
    mail: Mail
    auditEvents: AuditEvents
    now: () => Date
  }) =>
  /**
   * Corrects the given members. A verified address stays in force until the owner has confirmed the new one, and is told;
   * an account that is invited is invited at the new one. Throws a 400 about an invalid member, 403 when `by` lacks a
   * scope of the account beyond the default scopes, because whoever chooses the address can log in, 404, 409 when the
   * username is taken or the account changes at the same time, 412 when `ifMatch` names another version, and 429 after
   * many messages about the account or to the address.
   */
  async (id: string, members: ProfileCorrection, by: Administrator, ifMatch?: string): Promise<UserRow> => {
    const { config, store, throttle, mail, auditEvents, now } = deps
    const username = members.username === undefined ? undefined : normalizeUsername(members.username)
    const email = members.email === undefined ? undefined : normalizeEmail(members.email)
    if (username !== undefined) assertUsername(username)
    assertEmail(email)
    assertFullName(members.full_name)
    const user = await store.byId(id)
    if (!user) throw new Problem('not_found', 'This user does not exist.')
    assertVersion(user, ifMatch)
    const granted = user.scopes.filter(scope => !config.defaultScopes.includes(scope))
    assertHolds(by, granted, 'change the name or address of an account with')
    const change = emailChange(user, email)
    const isInvited = user.invitedAt !== null && !user.emailVerified
    let messages: NewMail[] = []
    if (change?.isMoved) {
      const refusal = auditEvents.event('throttle.refused', { ...by, subject: id })
      await throttle.take('message', isInvited ? ['invitation', String(email)] : ['correction', id], refusal)
      messages = isInvited
        ? mail.orderedLink('invitation', { ...user, email: String(email) })
        : await mail.moved(user, email ?? null, user.locale)
    }
    const event = auditEvents.event('user.updated', {
      ...by,
      subject: id,
      detail: { members: Object.keys(members).join(' ') }
    })
    const changed = await store.update(
      id,
      {
        ...change?.addresses,
        ...(username !== undefined && { username }),
        ...(members.full_name !== undefined && { fullName: members.full_name }),
        updatedAt: now()
      },
      event,
      messages,
      { addresses: change && user, everything: ifMatch === undefined ? undefined : user }
    )
    if (changed) return changed
    const other = username === undefined ? undefined : await store.byUsername(username)
    if (other && other.id !== id) throw usernameTaken()
    throw concurrentChange()
  }
