import type { MailKind } from './mail.ts'
import { lifeOf, type Purpose } from './one-time-tokens.ts'

/** A plain-text message to one address. It contains no user input. */
export interface Message {
  to: string
  subject: string
  text: string
  /** The link in the text, if there is one. */
  link: string | undefined
}

/** The texts of the messages. `site` is the host of the issuer. */
const texts: Record<MailKind, (site: string, link: string | undefined) => { subject: string; text: string }> = {
  verify_email: (site, link) => ({
    subject: `Confirm your e-mail address for ${site}`,
    text: `An account at ${site} uses this e-mail address.

To confirm that the address is yours, open this page and press the button:

${link}

The link works once and expires in ${hours('verify_email')}.

If you do not have an account at ${site}, ignore this message.
`
  }),
  reset_password: (site, link) => ({
    subject: `Reset your password for ${site}`,
    text: `A password reset was requested for your account at ${site}.

To choose a new password, open this page:

${link}

The link works once and expires in ${hours('reset_password')}.
Setting a new password logs you out everywhere.

If you did not request this, ignore this message. Your password does not
change.
`
  }),
  password_changed: site => ({
    subject: `Your password for ${site} was changed`,
    text: `The password of your account at ${site} was changed.

If this was you, you do not need to do anything.

If this was not you, reset your password now on the page where you log in,
and contact the operator of ${site}.
`
  }),
  email_changed: site => ({
    subject: `Your e-mail address for ${site} was changed`,
    text: `The e-mail address of your account at ${site} was changed or
removed. This address receives no more messages about the account.

If this was you, you do not need to do anything.

If this was not you, contact the operator of ${site} now.
The owner of the new address can reset your password.
`
  })
}

/** The message of this kind to this address. `link` is for the kinds that have one. */
export function compose(
  { kind, address }: { kind: MailKind; address: string },
  issuer: string,
  link: string | undefined
): Message {
  return { to: address, ...texts[kind](new URL(issuer).host, link), link }
}

const hours = (purpose: Purpose) => {
  const count = lifeOf[purpose] / 3600
  return count === 1 ? 'one hour' : `${count} hours`
}
