import { Problem } from '../../errors.ts'
import type { MailStore } from '../../store/mail.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { addressToInvite } from '../mail/recipients.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Administrator } from './administrator.ts'

/** Further messages to accounts that are invited. `users.register` sends the first. */
export function createInvitations(deps: {
  store: MailStore
  mail: Mail
  throttle: Throttle
  auditEvents: AuditEvents
}) {
  const { store, mail, throttle, auditEvents } = deps

  return {
    /**
     * Mails `user` another link to choose a password; earlier ones keep working until one is used. Resolves to the
     * address. Throws 409 when the account is not invited, or disabled, and 429 after many messages to the address.
     */
    async repeat(user: UserRow, by: Administrator): Promise<string> {
      const email = addressToInvite(user)
      if (email === null) throw new Problem(409, isNotInvited)
      if (user.disabled)
        throw new Problem(409, 'This account is disabled. Enable it before you invite its owner again.')
      const about = { ...by, subject: user.id }
      await throttle.invitation(email, auditEvents.event('throttle.refused', about))
      for (const message of mail.orderedLink('invitation', { id: user.id, email }))
        await store.queue(message, auditEvents.event('user.invitation_requested', about))
      return email
    }
  }
}

const isNotInvited =
  'This account has not been invited, or its password has been chosen. To let its owner choose a new one, order a password reset.'
