import type { MailRow, NewMail } from '../../store/mail.ts'
import type { UserRow } from '../../store/users.ts'
import type { Throttle } from '../throttle/throttle.ts'
import type { Purpose } from './one-time-tokens.ts'

export type Mail = ReturnType<typeof createMail>
export type MailKind = MailRow['kind']

/** Whom a message is for. */
type Addressee = Pick<UserRow, 'email' | 'emailVerified'>

/** Makes the messages that the store queues together with the change that they report; src/auth/mail/outbox.ts sends them. */
export function createMail(deps: { throttle: Throttle; newId: () => string; now: () => Date }) {
  const { throttle, newId, now } = deps

  function message(kind: MailKind, userId: string | null, address: string): NewMail {
    const at = now()
    return { id: newId(), kind, userId, address, createdAt: at, nextAttemptAt: at }
  }

  /**
   * Tells the owner of a change. Nobody can make the server withhold it from a verified address; one that nobody has shown to be
   * theirs gets no more of a kind than it does of links, because it may be a stranger's.
   */
  async function notice(kind: Exclude<MailKind, Purpose>, { email, emailVerified }: Addressee): Promise<NewMail[]> {
    const isDue = email !== null && (emailVerified || (await throttle.mayMailTo(email, kind)))
    return isDue ? [message(kind, null, email)] : []
  }

  /**
   * A link for a user, to their address; `id` is null where nobody has the address, and the message will be dropped
   * unsent. Nothing where there is no address, or where too many have been sent there.
   */
  async function link(kind: Purpose, { id, email }: { id: string | null; email: string | null }): Promise<NewMail[]> {
    return email !== null && (await throttle.mayMailTo(email, kind)) ? [message(kind, id, email)] : []
  }

  return {
    notice,
    link,

    /** A link that an administrator wants the user to have, however many were asked for. */
    orderedLink: (kind: Purpose, { id, email }: { id: string; email: string | null }): NewMail[] =>
      email === null ? [] : [message(kind, id, email)],

    /** What goes out when a user moves to the address `email`, or to none: a notice to the old one, a link to the new. */
    moved: async ({ id, ...before }: Addressee & { id: string }, email: string | null) => [
      ...(await notice('email_changed', before)),
      ...(await link('verify_email', { id, email }))
    ]
  }
}
