import type { MailRow, NewMail } from '../store/mail.ts'
import type { Purpose } from './one-time-tokens.ts'
import type { Throttle } from './throttle.ts'

export type Mail = ReturnType<typeof createMail>
export type MailKind = MailRow['kind']

/** Makes the messages that the store queues together with the change that they tell of; src/auth/outbox.ts sends them. */
export function createMail(deps: { throttle: Throttle; newId: () => string; now: () => Date }) {
  const { throttle, newId, now } = deps

  function message(kind: MailKind, userId: string | null, address: string): NewMail {
    const at = now()
    return { id: newId(), kind, userId, address, createdAt: at, nextAttemptAt: at }
  }

  /** Tells `address` of a change; nothing where there is no address. Nobody can make the server withhold it. */
  const notice = (kind: Exclude<MailKind, Purpose>, address: string | null): NewMail[] =>
    address === null ? [] : [message(kind, null, address)]

  /**
   * A link for a user, to their address; `id` is null where nobody has the address, and the message will be dropped
   * unsent. Nothing where there is no address, or where it has been sent too many.
   */
  async function link(kind: Purpose, { id, email }: { id: string | null; email: string | null }): Promise<NewMail[]> {
    return email !== null && (await throttle.mayMailTo(email, kind)) ? [message(kind, id, email)] : []
  }

  return {
    notice,
    link,

    /** What goes out when a user moves to the address `email`, or to none: a notice to the old one, a link to the new. */
    moved: async ({ id, email: before }: { id: string; email: string | null }, email: string | null) => [
      ...notice('email_changed', before),
      ...(await link('verify_email', { id, email }))
    ]
  }
}
