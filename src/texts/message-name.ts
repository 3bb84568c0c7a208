import type { MailRow } from '../store/mail.ts'

/**
 * The messages that have a text: the kinds in the queue, `account_exists` in place of a link that would verify the
 * address of another account, and `account_closed` in place of a notice whose account can no longer use its link.
 */
export type MessageName = MailRow['kind'] | 'account_exists' | 'account_closed'

/** The file of a message: `verify-email.txt` for `verify_email`. */
export const fileOf = (name: MessageName) => `${name.replaceAll('_', '-')}.txt`
