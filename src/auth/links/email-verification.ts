import { Problem } from '../../base/errors.ts'
import type { MailStore } from '../../store/mail.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import { localeFor } from '../account/locale.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { linkDoesNotWork, type OneTimeTokens } from '../mail/one-time-tokens.ts'
import { addressToVerify } from '../mail/recipients.ts'
import type { Throttle } from '../throttle/throttle.ts'

/** E-mail verification through a mailed link. */
export function createEmailVerification(deps: {
  store: MailStore
  users: UserStore
  tokens: OneTimeTokens
  mail: Mail
  throttle: Throttle
  auditEvents: AuditEvents
  now: () => Date
}) {
  const { store, users, tokens, mail, throttle, auditEvents, now } = deps

  const find = (token: string) => tokens.accountOf(token, 'verify_email')

  return {
    /**
     * Mails a link to the pending or unverified address of `user`, unless several links have already been sent there.
     * Throws 409 when there is nothing to verify, and 429 after too many requests from one IP address prefix.
     */
    async request(user: UserRow, origin: Origin & { ip: string | null }) {
      const { id } = user
      const email = addressToVerify(user)
      if (email === null)
        throw user.email === null
          ? new Problem('no_email', 'This account has no e-mail address. Set one first.')
          : new Problem('email_verified', 'The e-mail address of this account is already verified.')
      await throttle.take('mail', origin.ip, auditEvents.event('throttle.refused', { ...origin, subject: id }))
      const [message] = await mail.link('verify_email', { id, email, locale: localeFor(user, origin) })
      if (message)
        await store.queue(message, auditEvents.event('user.email_verification_requested', { ...origin, subject: id }))
    },

    /** The account and the address that the token would verify; changes nothing. Throws 400 for an invalid token. */
    async accountOf(token: string) {
      const { user, address } = await find(token)
      return { username: user.username, email: address, locale: user.locale }
    },

    /**
     * Verifies the address that the token was mailed to; a pending address becomes the address of the account. Throws
     * 400 for an invalid token, and when another account has verified the address. Resolves to the account before.
     */
    async confirm(token: string, origin: Origin): Promise<UserRow> {
      const { user } = await find(token)
      const event = auditEvents.event('user.email_verified', { ...origin, actor: user.id, subject: user.id })
      if (!(await users.verifyEmail(user, now(), event))) throw linkDoesNotWork()
      return user
    }
  }
}
