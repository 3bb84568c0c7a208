import { Problem } from '../../errors.ts'
import type { MailStore } from '../../store/mail.ts'
import type { UserRow, UserStore } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit/audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { linkDoesNotWork, type OneTimeTokens } from '../mail/one-time-tokens.ts'
import type { Throttle } from '../throttle/throttle.ts'

export type EmailVerification = ReturnType<typeof createEmailVerification>

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

  const holder = (token: string) => tokens.holder(token, 'verify_email')

  return {
    /**
     * Mails a link to the address of `user`, unless several links have already been sent there. Throws 409 when there
     * is nothing to verify, and 429 after too many requests from one IP address prefix.
     */
    async request({ id, email, emailVerified }: UserRow, origin: Origin & { ip: string }) {
      if (email === null) throw new Problem(409, 'This account has no e-mail address. Set one first.')
      if (emailVerified) throw new Problem(409, 'The e-mail address of this account is already verified.')
      await throttle.mail(origin.ip, auditEvents.event('throttle.refused', { ...origin, subject: id }))
      const [message] = await mail.link('verify_email', { id, email })
      if (message)
        await store.queue(message, auditEvents.event('user.email_verification_requested', { ...origin, subject: id }))
    },

    /** The user whose address the token would verify; changes nothing. Throws 400 for an invalid token. */
    holder,

    /** Verifies the address that the token was mailed to. Throws 400 for an invalid token. */
    async confirm(token: string, origin: Origin) {
      const user = await holder(token)
      const event = auditEvents.event('user.email_verified', { ...origin, actor: user.id, subject: user.id })
      if (!(await users.verifyEmail(user, now(), event))) throw linkDoesNotWork()
    }
  }
}
