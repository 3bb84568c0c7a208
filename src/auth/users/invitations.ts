import { invalidMember, Problem } from '../../errors.ts'
import type { MailStore, NewMail } from '../../store/mail.ts'
import type { UserRow } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { addressToInvite } from '../mail/recipients.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Administrator } from './administrator.ts'

export type Invitations = ReturnType<typeof createInvitations>

/**
 * Throws a 400 about `/password` unless an administrator creates the account, and about `/email` when it has no
 * address.
 */
export function assertMayInvite(email: string | null, { actor }: Origin) {
  if (!actor) throw invalidMember('/password', 'is missing')
  if (email === null)
    throw invalidMember('/email', 'must be given, because an account without a password is invited by mail')
}

/** Messages to accounts that are created without a password, with a link that chooses it. */
export function createInvitations(deps: {
  store: MailStore
  mail: Mail
  throttle: Throttle
  auditEvents: AuditEvents
}) {
  const { store, mail, throttle, auditEvents } = deps

  return {
    /** The message to an account that is about to be created. Throws 429 after many messages to the address. */
    async first(user: Pick<UserRow, 'id' | 'email' | 'locale'>, origin: Origin): Promise<NewMail[]> {
      await throttle.invitation(String(user.email), auditEvents.event('throttle.refused', origin))
      return mail.orderedLink('invitation', user)
    },

    /**
     * Mails `user` another link to choose a password; earlier ones keep working until one is used. Resolves to the
     * address. Throws 409 when the account is not invited, or disabled, and 429 after many messages to the address.
     */
    async resend(user: UserRow, by: Administrator): Promise<string> {
      const email = addressToInvite(user)
      if (email === null) throw new Problem(409, isNotInvited)
      if (user.disabled)
        throw new Problem(409, 'This account is disabled. Enable it before you invite its owner again.')
      const about = { ...by, subject: user.id }
      await throttle.invitation(email, auditEvents.event('throttle.refused', about))
      for (const message of mail.orderedLink('invitation', { ...user, email }))
        await store.queue(message, auditEvents.event('user.invitation_requested', about))
      return email
    }
  }
}

const isNotInvited =
  'This account has not been invited, or its password has been chosen. To let its owner choose a new one, order a password reset.'
