import type { MailRow, NewMail } from '../../store/mail.ts'
import type { UserRow } from '../../store/users.ts'
import type { Throttle } from '../throttle/throttle.ts'

export type Mail = ReturnType<typeof createMail>
/** The kind of a message, which names its text. */
export type MailKind = MailRow['kind']
/** The links that are requested. */
type LinkKind = 'verify_email' | 'reset_password'

/** The notices about second factors. */
export type FactorNotice = Extract<MailKind, `factor_${string}` | `recovery_${string}` | 'passkey_refused'>

type AccessNotice = Extract<MailKind, `token_${string}` | `identity_${string}` | 'webhook_paused'>
/** The notices of what a link in them can undo. */
type AccessAdded = Extract<AccessNotice, `${string}_added`>
type AccessEnded = Exclude<AccessNotice, AccessAdded>

/** The owner of an account that a message is about. */
type Addressee = Pick<UserRow, 'id' | 'email' | 'emailVerified' | 'locale'>
/** The recipient of a link or a code, and the language of the message; `null` for that of the server. */
export interface Recipient<Id> extends Pick<UserRow, 'email' | 'locale'> {
  id: Id
}

/**
 * Creates messages. The store queues each in the transaction of its change; src/auth/mail/outbox.ts sends them, and
 * limits notices.
 */
export function createMail(deps: { throttle: Throttle; newId: () => string; now: () => Date }) {
  const { throttle, newId, now } = deps

  function message(
    kind: MailKind,
    userId: string | null,
    address: string,
    { locale }: Pick<UserRow, 'locale'>,
    at = now()
  ): NewMail {
    return { id: newId(), kind, userId, address, createdAt: at, nextAttemptAt: at, locale }
  }

  /**
   * Notifies the owner of a new password. An unverified address may belong to another person, so its notices are
   * limited in the same way as links, and name the account, so that they do not count for the owner of the address.
   */
  async function passwordChanged(user: Addressee): Promise<NewMail[]> {
    const { id, email, emailVerified } = user
    if (email === null) return []
    if (emailVerified) return [message('password_changed', null, email, user)]
    return (await throttle.isAllowed('mailbox', ['password_changed', email]))
      ? [message('password_changed', id, email, user)]
      : []
  }

  /**
   * A link for a user. When no account has the address, `id` is `null` and the message is dropped instead of sent.
   * Empty when there is no address, or when too many links have been sent there. The first link with which an account
   * verifies an address does not count among these.
   */
  async function link(kind: LinkKind, to: Recipient<string | null>): Promise<NewMail[]> {
    const { id, email } = to
    if (email === null) return []
    const isFirst = kind === 'verify_email' && id !== null && (await throttle.isAllowed('first-link', [id, email]))
    return isFirst || (await throttle.isAllowed('mailbox', [kind, email])) ? [message(kind, id, email, to)] : []
  }

  return {
    passwordChanged,
    link,

    /** A link that an administrator or the owner of a verified address orders. The caller limits it. */
    orderedLink: (kind: LinkKind | 'invitation', to: Recipient<string>): NewMail[] =>
      to.email === null ? [] : [message(kind, to.id, to.email, to)],

    /**
     * Notifies a verified address of a second factor that was added, removed, used or refused. The notice of an
     * addition can undo it: its time `at` has to be that of the factor, because the link removes what was added since.
     */
    secondFactor: (kind: FactorNotice, user: Addressee, at?: Date): NewMail[] =>
      user.email !== null && user.emailVerified
        ? [message(kind, kind === 'factor_added' ? user.id : null, user.email, user, at)]
        : [],

    /**
     * Notifies a verified address of a change of its personal access tokens or linked identities, or of a webhook of its
     * own that was paused. The notice of one
     * that was added can undo that. Its time `at` has to be that of the row, as for a second factor.
     */
    notice: (user: Addressee, ...[kind, at]: [AccessAdded, at: Date] | [AccessEnded]): NewMail[] =>
      user.email !== null && user.emailVerified
        ? [message(kind, at === undefined ? null : user.id, user.email, user, at)]
        : [],

    /** A code for a login, to the address of the user `id`. The message is dropped if `id` is `null`. */
    code: ({ id, email, locale }: Recipient<string | null> & { email: string }): NewMail =>
      message('email_code', id, email, { locale }),

    /** Notifies a verified address of a login from a new address prefix. */
    newLogin: (email: string, locale: string | null): NewMail => message('new_login', null, email, { locale }),

    /**
     * The messages for a change of address to `email`: a notice to the old address if it is verified, which can undo
     * the change, and a link to the new one in the language `locale`. A thief who makes the change does not choose the
     * language of the notice.
     */
    moved: async (before: Addressee, email: string | null, locale: string | null) => [
      ...(before.email !== null && before.emailVerified
        ? [message('email_changed', before.id, before.email, before)]
        : []),
      ...(await link('verify_email', { ...before, email, locale }))
    ]
  }
}
