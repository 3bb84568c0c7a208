import type { MailRow } from '../../store/mail.ts'
import { accessTexts } from './access-texts.ts'
import type { MailKind } from './mail.ts'
import { type Facts, lifetime, minute, type Text } from './text.ts'

/** A plain-text message to one address. It contains no user input except the username of the recipient. */
export interface Message {
  to: string
  subject: string
  text: string
  /** The link and the code in the text, if there are any. */
  link: string | undefined
  code: string | undefined
}

/** The texts of the messages. `account_exists` replaces a link that would verify the address of another account. */
const texts: Record<MailKind | 'account_exists', Text> = {
  verify_email: ({ site, link }) => ({
    subject: `Confirm your e-mail address for ${site}`,
    text: `An account at ${site} uses this e-mail address.

To confirm that the address is yours, open this page and press the button:

${link}

The link works once and expires in ${lifetime('verify_email')}.

If you did not create this account, ignore this message: the person who
did could log in to it too.
`
  }),
  account_exists: ({ site, username }) => ({
    subject: `You already have an account at ${site}`,
    text: `This e-mail address was entered for another account at ${site}.
The address belongs to your account already. Its username is:

${username}

If this was you, log in with this address or with the username. If you
forgot your password, reset it on the page where you log in.

If this was not you, you do not need to do anything. Only your account
can use the address.
`
  }),
  reset_password: ({ site, link }) => ({
    subject: `Reset your password for ${site}`,
    text: `A password reset was requested for your account at ${site}.

To choose a new password, open this page:

${link}

The link works once and expires in ${lifetime('reset_password')}.
Setting a new password logs you out everywhere.

If you did not request this, ignore this message. Your password does not
change.
`
  }),
  invitation: ({ site, link }) => ({
    subject: `You are invited to ${site}`,
    text: `An administrator of ${site} created an account for this
e-mail address.

To choose a password and begin to use the account, open this page:

${link}

The link works once and expires in ${lifetime('invitation')}. This also
confirms that the address is yours, and you can log in with it. If the link
has expired, ask the administrator for another invitation.

If you did not expect this, ignore this message. Without the link, nobody
can use the account.
`
  }),
  email_code: ({ site, code }) => ({
    subject: `Your code for ${site}`,
    text: `Your code to log in to ${site} is:

${code}

It works once, for ten minutes, where you asked for it. Give it to no one:
${site} does not ask for it by telephone or in a message.

If this was not you, ignore this message. Without the code, nobody is
logged in.
`
  }),
  password_changed: ({ site }) => ({
    subject: `Your password for ${site} was changed`,
    text: `The password of your account at ${site} was changed. Personal
access tokens stay valid, unless they were deleted.

If this was you, you do not need to do anything.

If this was not you, reset your password now on the page where you log in,
and contact the operator of ${site}.
`
  }),
  email_changed: ({ site, link }) => ({
    subject: `Your e-mail address for ${site} was changed`,
    text: `The e-mail address of your account at ${site} was changed or
removed. A new address replaces this one when it is confirmed.

If this was you, you do not need to do anything.

${
  link === undefined
    ? `If this was not you, contact the operator of ${site} now.`
    : `If this was not you, open this page and press the button:

${link}

This address becomes the address of the account again. Second factors,
personal access tokens and accounts elsewhere that were added since are
removed, the account is logged out everywhere, and you receive a link to
choose a new password.
The link works once and expires in ${lifetime('undo_email_change')}.`
}
`
  }),
  new_login: ({ site, at }) => ({
    subject: `New login to your account at ${site}`,
    text: `Your account at ${site} was used to log in from a new network
at ${minute(at)} UTC.

The list of logins in your application shows the details; applications
read it from GET /users/me/sessions.

If this was you, you do not need to do anything.

If this was not you, reset your password now on the page where you log in.
This logs you out everywhere, but removes no second factor, and accounts
elsewhere and personal access tokens only if you say so: also remove those
that are not yours.
`
  }),
  ...accessTexts
}

/** The message of this kind to the address of a queued message. */
export function compose(
  kind: MailKind | 'account_exists',
  { address, createdAt }: Pick<MailRow, 'address' | 'createdAt'>,
  issuer: string,
  own: Pick<Facts, 'link' | 'code' | 'username'> = {}
): Message {
  const { subject, text } = texts[kind]({ site: new URL(issuer).host, at: createdAt, ...own })
  return { to: address, subject, text, link: own.link, code: own.code }
}
