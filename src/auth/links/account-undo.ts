import type { AccountUndoStore } from '../../store/account-undo.ts'
import type { UserRow } from '../../store/users.ts'
import { localeFor } from '../account/locale.ts'
import type { AuditAction, AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { linkDoesNotWork, type OneTimeTokens, type UndoPurpose } from '../mail/one-time-tokens.ts'

/**
 * Undoes a change that the owner of the account did not make, through the link in its notice. `purpose` is that of the
 * token in the link, and `action` the event.
 */
export function createAccountUndo(deps: {
  purpose: UndoPurpose
  action: AuditAction
  undo: AccountUndoStore
  tokens: OneTimeTokens
  mail: Mail
  auditEvents: AuditEvents
  now: () => Date
}) {
  const { purpose, action, undo, tokens, mail, auditEvents, now } = deps

  const find = (token: string) => tokens.accountOf(token, purpose)

  return {
    /** The account of the token and the address to restore; changes nothing. Throws 400 for an invalid token. */
    async accountOf(token: string) {
      const { user, address } = await find(token)
      return { username: user.username, email: address, locale: user.locale }
    },

    /**
     * Takes the account back to the time before the change: makes the address that received the notice the verified one
     * again, withdraws a pending one, removes the second factors, passkeys, personal access tokens and identities
     * that were added since, deletes the recovery codes if factors or codes have changed since, and ends every session.
     * Mails a link for a new password to that address. Other links of the account are void, except those
     * that undo an earlier change. Throws 400 for an invalid token, and when another account has verified the address.
     * Resolves to the account before.
     */
    async undo(text: string, origin: Origin): Promise<UserRow> {
      const { token, user, address } = await find(text)
      const event = auditEvents.event(action, { ...origin, actor: user.id, subject: user.id })
      const link = mail.orderedLink('reset_password', { ...user, email: address, locale: localeFor(user, origin) })
      if (!(await undo.undo(token, now(), event, link))) throw linkDoesNotWork()
      return user
    }
  }
}
