import type { MailRow } from '../../store/mail.ts'
import type { MessageName } from '../../texts/message-name.ts'
import type { Texts } from '../../texts/texts.ts'

/** A plain-text message to one address. It contains no user input. */
export interface Message {
  to: string
  subject: string
  text: string
  /** The time of the event that the message is about. */
  date: Date
  /** The link and the code in the text, if there are any. */
  link: string | undefined
  code: string | undefined
}

/** Composes messages about queued ones, in their languages. */
export function createComposer({ texts, issuer }: { texts: Pick<Texts, 'message'>; issuer: string }) {
  const { host } = new URL(issuer)

  return (
    name: MessageName,
    { address, createdAt, locale }: Pick<MailRow, 'address' | 'createdAt' | 'locale'>,
    { link, code }: { link?: string; code?: string } = {}
  ): Message => ({
    ...texts.message(name, locale, { host, link, code }),
    to: address,
    date: createdAt,
    link,
    code
  })
}
