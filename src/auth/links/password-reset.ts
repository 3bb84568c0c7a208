import type { PasswordReset } from '../../../routes/password.ts'
import { Problem } from '../../base/errors.ts'
import type { MailStore } from '../../store/mail.ts'
import type { UserStore } from '../../store/users.ts'
import { normalizeEmail } from '../account/identifiers.ts'
import { localeFor } from '../account/locale.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { Mail } from '../mail/mail.ts'
import { linkDoesNotWork, type OneTimeTokens } from '../mail/one-time-tokens.ts'
import type { AccountPasswords } from '../passwords/account-passwords.ts'
import type { Throttle } from '../throttle/throttle.ts'

/** Password reset through a mailed link, and the first password of an invited account. */
export function createPasswordReset(deps: {
  store: MailStore
  accounts: UserStore
  accountPasswords: AccountPasswords
  tokens: OneTimeTokens
  mail: Mail
  throttle: Throttle
  auditEvents: AuditEvents
}) {
  const { store, accounts, accountPasswords, tokens, mail, throttle, auditEvents } = deps

  const find = (token: string) => tokens.accountOf(token, 'reset_password', 'invitation')

  return {
    /**
     * Mails a link to `address` if an account has verified it. Otherwise the message is also queued, at the same cost,
     * and dropped instead of sent. Throws 429 after too many requests from one IP address prefix.
     */
    async request(address: string, origin: Origin & { ip: string | null }) {
      await throttle.take('mail', origin.ip, auditEvents.event('throttle.refused', origin))
      const email = normalizeEmail(address)
      const user = await accounts.byVerifiedEmail(email)
      const id = user?.id ?? null
      const [message] = await mail.link('reset_password', { id, email, locale: localeFor(user, origin) })
      if (message)
        await store.queue(message, auditEvents.event('user.password_reset_requested', { ...origin, subject: id }))
    },

    /**
     * The user whose password the token would set, and the address that it was mailed to, if it was; changes nothing.
     * Throws 400 for an invalid token.
     */
    accountOf: find,

    /**
     * Sets the password of the token's user, ends every session, and verifies the address that the token was mailed to,
     * if it was. With `delete_tokens`, deletes the personal access tokens of the user, and with `unlink_identities` the
     * linked identities. Throws 400 for an invalid token. Throws what `accountPasswords.set` throws about
     * `/new_password`; the token stays valid in that case. Resolves to the account before, and to that address.
     */
    async complete({ token, new_password, ...ends }: PasswordReset, origin: Origin) {
      const { user, address } = await find(token)
      const how = {
        ...{ ...origin, actor: user.id, address, pointer: '/new_password' },
        ...{ deleteTokens: ends.delete_tokens, unlinkIdentities: ends.unlink_identities }
      }
      await accountPasswords.set(user, new_password, how).catch(error => {
        throw error instanceof Problem && error.status === 409 ? linkDoesNotWork() : error
      })
      return { user, address }
    }
  }
}
