import type { MailKind } from './mail.ts'
import { lifeOf, type Purpose } from './one-time-tokens.ts'

/** A plain-text message to one address. It contains no text written by a user. */
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
    text: `This address was given for an account at ${site}.

To confirm that it is yours, open this page and press the button:

${link}

The link works once, within ${hours('verify_email')}.

If you have no account there, do nothing: the address stays unconfirmed.
`
  }),
  reset_password: (site, link) => ({
    subject: `Choose a new password for ${site}`,
    text: `A new password was asked for, for your account at ${site}.

To choose one, open this page:

${link}

The link works once, within ${hours('reset_password')}. When the new password is set, you are
logged out everywhere.

If you did not ask for this, do nothing: your password stays as it is.
`
  }),
  password_changed: site => ({
    subject: `Your password for ${site} was changed`,
    text: `The password of your account at ${site} was changed.

If that was you, there is nothing to do.

If it was not, ask for a new password at once, where you usually log in,
and tell those who run ${site}.
`
  }),
  email_changed: site => ({
    subject: `Your e-mail address for ${site} was changed`,
    text: `Your account at ${site} had this e-mail address.
It has another one now, or none, and nothing more about it is sent here.

If that was you, there is nothing to do.

If it was not, tell those who run ${site} at once: whoever has the
new address can ask for a new password.
`
  })
}

/** The message of this kind to this address, with `link` if the kind has one. */
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
