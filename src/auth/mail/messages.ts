import type { MailRow } from '../../store/mail.ts'
import type { MailKind } from './mail.ts'
import { lifeOf, type Purpose } from './one-time-tokens.ts'

/** A plain-text message to one address. It contains no user input except the username of the recipient. */
export interface Message {
  to: string
  subject: string
  text: string
  /** The link and the code in the text, if there are any. */
  link: string | undefined
  code: string | undefined
}

/**
 * The variable parts of a text: the host of the issuer, the time of the event, and the link, code or username of its
 * kind.
 */
interface Facts {
  site: string
  at: Date
  link?: string
  code?: string
  username?: string
}

/** The texts of the messages. `account_exists` replaces a link that would verify the address of another account. */
const texts: Record<MailKind | 'account_exists', (facts: Facts) => { subject: string; text: string }> = {
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
    text: `The password of your account at ${site} was changed.

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

This address becomes the address of the account again, second factors
that were added since are removed, the account is logged out everywhere,
and you receive a link to choose a new password.
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
This logs you out everywhere, but removes no second factor: also remove
those that are not yours.
`
  }),
  factor_added: ({ site, at, link }) => ({
    subject: `A second factor was added to your account at ${site}`,
    text: `An authenticator app or a passkey was added to your account at
${site} at ${minute(at)} UTC.
Your other logins have ended.

If this was you, you do not need to do anything.

${
  link === undefined
    ? `If this was not you, contact the operator of ${site} now.`
    : `If this was not you, open this page and press the button:

${link}

Every second factor that was added since then is removed, the recovery
codes no longer work, the account is logged out everywhere, and you
receive a link to choose a new password. If the address of the account was
changed, this one becomes its address again. The link works once and
expires in ${lifetime('undo_factor')}. A new password alone does not remove
the second factor.`
}
`
  }),
  factor_removed: ({ site, at }) => ({
    subject: `A second factor was removed from your account at ${site}`,
    text: `An authenticator app or a passkey was removed from your account at
${site} at ${minute(at)} UTC.
Other logins have ended.

If this was you, you do not need to do anything.

If this was not you, reset your password now on the page where you log in,
which logs you out everywhere, and add a second factor again. Contact the
operator of ${site} too.
`
  }),
  recovery_code_used: ({ site, at }) => ({
    subject: `A recovery code of your account at ${site} was used`,
    text: `One of the recovery codes of your account at
${site} was used to log in at ${minute(at)} UTC.
It does not work again.

If this was you, you do not need to do anything.

If this was not you, another person knows your password and may have your
other recovery codes. Reset your password now on the page where you log
in, which logs you out everywhere. Then log in and get new recovery codes,
because a new password does not void the old ones.
`
  }),
  recovery_codes_replaced: ({ site, at }) => ({
    subject: `You have new recovery codes for ${site}`,
    text: `The recovery codes of your account at ${site} were replaced
at ${minute(at)} UTC. The old ones no longer work.

If this was you, you do not need to do anything.

If this was not you, reset your password now on the page where you log in,
which logs you out everywhere. Then log in and get new recovery codes,
because a new password does not void these.
`
  }),
  passkey_refused: ({ site, at }) => ({
    subject: `A passkey of your account at ${site} may have been copied`,
    text: `A login to your account at ${site} with one of
your passkeys was refused at ${minute(at)} UTC. The use counter of
the passkey went back, so there may be a copy of it.

Log in with another factor and remove the passkey, which ends your other
logins. A new password does not remove it.

If this was not you, contact the operator of ${site} too.
`
  }),
  token_added: ({ site, at }) => ({
    subject: `A personal access token was created at ${site}`,
    text: `A personal access token was created for your account at ${site}
at ${minute(at)} UTC. Programs can use it to act for you.

If this was you, you do not need to do anything.

If this was not you, log in, delete the token and change your password.
`
  }),
  token_removed: ({ site, at }) => ({
    subject: `A personal access token was deleted at ${site}`,
    text: `A personal access token of your account at ${site} was deleted
at ${minute(at)} UTC. Programs that used it no longer can.

If this was you, you do not need to do anything.

If this was not you, log in and change your password.
`
  }),
  token_used: ({ site, at }) => ({
    subject: `A personal access token was used from a new place at ${site}`,
    text: `A personal access token of your account at ${site} was used
from a new network at ${minute(at)} UTC.

If your program has moved, you do not need to do anything.

If you do not expect this, log in and delete the token.
`
  }),
  identity_added: ({ site, at }) => ({
    subject: `An account elsewhere can now log in to your account at ${site}`,
    text: `An account at another provider was linked to your account at
${site} at ${minute(at)} UTC. Its owner can log in to yours.

If this was you, you do not need to do anything.

If this was not you, log in, remove the link and change your password.
`
  }),
  identity_removed: ({ site, at }) => ({
    subject: `An account elsewhere can no longer log in to your account at ${site}`,
    text: `The link between your account at ${site} and an account at
another provider was removed at ${minute(at)} UTC.

If this was you, you do not need to do anything.

If this was not you, log in and change your password.
`
  })
}

const minute = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ')

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

const lifetime = (purpose: Purpose) => {
  const hours = lifeOf[purpose] / 3600
  if (hours === 1) return 'one hour'
  return hours > 72 ? `${hours / 24} days` : `${hours} hours`
}
