import type { MailRow, NewMail } from '../../store/mail.ts'
import type { UserRow } from '../../store/users.ts'
import type { Throttle } from '../throttle/throttle.ts'

export type Mail = ReturnType<typeof createMail>
export type MailKind = MailRow['kind']
/** The links that are requested. */
type LinkKind = 'verify_email' | 'reset_password'

/** The notices about second factors. */
export type FactorNotice = Extract<MailKind, `factor_${string}` | `recovery_${string}` | `passkey_${string}`>

const undoable = new Set<FactorNotice>(['factor_added', 'passkey_created'])

type AccessNotice = Extract<MailKind, `token_${string}` | `identity_${string}`>
/** The notices of what a link in them can undo. */
type AccessAdded = Extract<AccessNotice, `${string}_added`>
type AccessEnded = Exclude<AccessNotice, AccessAdded>

/** The recipient of a message. */
type Addressee = Pick<UserRow, 'id' | 'email' | 'emailVerified'>

/**
 * Creates messages. The store queues each in the transaction of its change; src/auth/mail/outbox.ts sends them, and
 * limits notices.
 */
export function createMail(deps: { throttle: Throttle; newId: () => string; now: () => Date }) {
  const { throttle, newId, now } = deps

  function message(kind: MailKind, userId: string | null, address: string, at = now()): NewMail {
    return { id: newId(), kind, userId, address, createdAt: at, nextAttemptAt: at, locale: null }
  }

  /**
   * Notifies the owner of a new password. An unverified address may belong to another person, so its notices are
   * limited in the same way as links, and name the account, so that they do not count for the owner of the address.
   */
  async function passwordChanged({ id, email, emailVerified }: Addressee): Promise<NewMail[]> {
    if (email === null) return []
    if (emailVerified) return [message('password_changed', null, email)]
    return (await throttle.mayMailTo(email, 'password_changed')) ? [message('password_changed', id, email)] : []
  }

  /**
   * A link for a user. When no account has the address, `id` is `null` and the message is dropped instead of sent.
   * Empty when there is no address, or when too many links have been sent there. The first link with which an account
   * verifies an address does not count among these.
   */
  async function link(kind: LinkKind, { id, email }: { id: string | null; email: string | null }): Promise<NewMail[]> {
    if (email === null) return []
    const isFirst = kind === 'verify_email' && id !== null && (await throttle.mayMailFirst(id, email))
    return isFirst || (await throttle.mayMailTo(email, kind)) ? [message(kind, id, email)] : []
  }

  return {
    passwordChanged,
    link,

    /** A link that an administrator or the owner of a verified address orders. The caller limits it. */
    orderedLink: (kind: LinkKind | 'invitation', { id, email }: { id: string; email: string | null }): NewMail[] =>
      email === null ? [] : [message(kind, id, email)],

    /**
     * Notifies a verified address of a second factor that was added, removed, used or refused, and of a passkey that a
     * browser made by itself. The notice of an addition can undo it: its time `at` has to be that of the factor,
     * because the link removes what was added since.
     */
    secondFactor: (
      kind: FactorNotice,
      { id, email, emailVerified }: Addressee & { id: string },
      at?: Date
    ): NewMail[] => (email !== null && emailVerified ? [message(kind, undoable.has(kind) ? id : null, email, at)] : []),

    /**
     * Notifies a verified address of a change of its personal access tokens or accounts elsewhere. The notice of one
     * that was added can undo that. Its time `at` has to be that of the row, as for a second factor.
     */
    notice: (
      { id, email, emailVerified }: Addressee & { id: string },
      ...[kind, at]: [AccessAdded, at: Date] | [AccessEnded]
    ): NewMail[] => (email !== null && emailVerified ? [message(kind, at === undefined ? null : id, email, at)] : []),

    /** A code for a login, to the address of the user `id`. The message is dropped if `id` is `null`. */
    code: ({ id, address }: { id: string | null; address: string }): NewMail => message('email_code', id, address),

    /** Notifies a verified address of a login from a new address prefix. */
    newLogin: (email: string): NewMail => message('new_login', null, email),

    /**
     * The messages for a change of address to `email`: a notice to the old address if it is verified, which can undo
     * the change, and a link to the new one.
     */
    moved: async ({ id, ...before }: Addressee, email: string | null) => [
      ...(before.email !== null && before.emailVerified ? [message('email_changed', id, before.email)] : []),
      ...(await link('verify_email', { id, email }))
    ]
  }
}
