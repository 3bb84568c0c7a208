import { invalidMember, Problem } from '../../base/errors.ts'
import type { MailStore, NewMail } from '../../store/mail.ts'
import type { UserRow } from '../../store/users.ts'
import { type Administrator, assertHolds } from '../account/administrator.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { linkWith, type OneTimeTokens } from '../mail/one-time-tokens.ts'
import { addressToInvite } from '../mail/recipients.ts'
import type { Throttle } from '../throttle/throttle.ts'

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

/**
 * Accounts that are created without a password, and the links that choose it: mailed, or handed over without a mail
 * server.
 */
export function createInvitations(deps: {
  store: MailStore
  mail: Mail
  tokens: Pick<OneTimeTokens, 'handOver'>
  throttle: Throttle
  auditEvents: AuditEvents
  config: { issuer: string; smtpUrl?: string | undefined; defaultScopes: string[] }
}) {
  const { store, mail, tokens, throttle, auditEvents, config } = deps

  /** A link for the administrator who has just created `user`; `undefined` where a mail server is set. */
  const linkFor = async (user: UserRow) =>
    config.smtpUrl === undefined ? linkWith(config.issuer, 'invitation', await tokens.handOver(user)) : undefined

  /**
   * Throws 403 unless `by` could have created `user` with its scopes, because the holder of the link can log in. Throws
   * 409 for an account that has an owner: one that was used, or whose address is verified.
   */
  function assertMayHaveLink(user: UserRow, by: Administrator) {
    if (user.emailVerified || user.lastLoginAt !== null) throw new Problem('not_invited', isOnlyMailed)
    assertHolds(
      by,
      user.scopes.filter(scope => !config.defaultScopes.includes(scope))
    )
  }

  return {
    linkFor,

    /** The message to an account that is about to be created. Throws 429 after many messages to the address. */
    async first(user: Pick<UserRow, 'id' | 'email' | 'locale'>, origin: Origin): Promise<NewMail[]> {
      await throttle.take('message', ['invitation', String(user.email)], auditEvents.event('throttle.refused', origin))
      return mail.orderedLink('invitation', user)
    },

    /**
     * Mails `user` another link to choose a password; earlier ones keep working until one is used. Resolves to the
     * address, and to `linkFor`. Throws 409 when the account is not invited, or disabled, and 429 after many messages
     * to the address. Without a mail server, also throws what `assertMayHaveLink` throws.
     */
    async resend(user: UserRow, by: Administrator): Promise<{ email: string; link: string | undefined }> {
      const email = addressToInvite(user)
      if (email === null) throw new Problem('not_invited', isNotInvited)
      if (user.disabled)
        throw new Problem('account_disabled', 'This account is disabled. Enable it before you invite its owner again.')
      if (config.smtpUrl === undefined) assertMayHaveLink(user, by)
      const about = { ...by, subject: user.id }
      await throttle.take('message', ['invitation', email], auditEvents.event('throttle.refused', about))
      for (const message of mail.orderedLink('invitation', { ...user, email }))
        await store.queue(message, auditEvents.event('user.invitation_requested', about))
      return { email, link: await linkFor(user) }
    }
  }
}

const isOnlyMailed =
  'SMTP_URL is not set, and an administrator gets no link to an account that has an owner. Set a password with `sallyport users set-password`.'
const isNotInvited =
  'This account has not been invited, or its password has been chosen. To let its owner choose a new one, order a password reset.'
