import type { UserStore } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit/audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { linkDoesNotWork, type OneTimeTokens } from '../mail/one-time-tokens.ts'

export type EmailChangeUndo = ReturnType<typeof createEmailChangeUndo>

/** Undoes a change of address through the link in the notice to the old address. */
export function createEmailChangeUndo(deps: {
  users: UserStore
  tokens: OneTimeTokens
  mail: Mail
  auditEvents: AuditEvents
  now: () => Date
}) {
  const { users, tokens, mail, auditEvents, now } = deps

  const find = (token: string) => tokens.holder(token, 'undo_email_change')

  return {
    /** The account of the token and the address to restore; changes nothing. Throws 400 for an invalid token. */
    async holder(token: string) {
      const { user, address } = await find(token)
      return { username: user.username, email: address }
    },

    /**
     * Makes the old address the verified one again, withdraws a pending one, ends every session, and mails a link for a
     * new password to the restored address. Earlier links of the account are void, except those that undo an earlier
     * change. Throws 400 for an invalid token, and when another account has verified the address.
     */
    async undo(text: string, origin: Origin) {
      const { token, user, address } = await find(text)
      const event = auditEvents.event('user.email_change_undone', { ...origin, actor: user.id, subject: user.id })
      const link = mail.orderedLink('reset_password', { id: user.id, email: address })
      if (!(await users.undoEmailChange(token, now(), event, link))) throw linkDoesNotWork()
    }
  }
}
