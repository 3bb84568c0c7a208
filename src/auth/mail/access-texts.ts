import type { MailKind } from './mail.ts'
import { lifetime, minute, type Text } from './text.ts'

type AccessKind = Extract<
  MailKind,
  `factor_${string}` | `recovery_${string}` | `token_${string}` | `identity_${string}` | `passkey_${string}`
>

/** The texts of notices about second factors, personal access tokens and accounts elsewhere. */
export const accessTexts: Record<AccessKind, Text> = {
  factor_added: ({ site, at, link }) => ({
    subject: `A second factor was added to your account at ${site}`,
    text: `An authenticator app or a passkey was added to your account at
${site} at ${minute(at)} UTC.
Your other logins have ended.

If this was you, you do not need to do anything.

${ifNotYou(site, link)}
`
  }),
  passkey_created: ({ site, at, link }) => ({
    subject: `Your browser saved a passkey for ${site}`,
    text: `After you logged in with your password, your browser or password manager
created a passkey for your account at ${site}
at ${minute(at)} UTC. It can log in in place of the password, until you
choose a new one. Confirm it on the page of your account to keep it, or
remove it there.

If this was you, you do not need to do anything.

${ifNotYou(site, link)}
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
  token_added: ({ site, at, link }) => ({
    subject: `A personal access token was created at ${site}`,
    text: `A personal access token was created for your account at
${site} at ${minute(at)} UTC.
A program that has it can act for you, within the scopes of the token.

If this was you, you do not need to do anything.

${ifNotYou(site, link)}
`
  }),
  token_removed: ({ site, at }) => ({
    subject: `A personal access token was deleted at ${site}`,
    text: `A personal access token of your account at ${site}
was deleted at ${minute(at)} UTC. Programs can no longer use it.

If this was you, you do not need to do anything.

If this was not you, reset your password now on the page where you log in,
which logs you out everywhere. An administrator, or a program that has the
token, can delete it too.
`
  }),
  token_used: ({ site, at }) => ({
    subject: `A personal access token was used from a new network at ${site}`,
    text: `A personal access token of your account at ${site}
was used at ${minute(at)} UTC, from a network that it is not known
to be used from.

The list of tokens in your application shows when each was last used;
applications read it from GET /users/me/tokens.

If one of your programs has moved, you do not need to do anything.

If this was not you, delete the token now. A new password does not delete
it unless you say so.
`
  }),
  identity_added: ({ site, at, link }) => ({
    subject: `An account elsewhere can log in to your account at ${site}`,
    text: `An account at another provider was linked to your account at
${site} at ${minute(at)} UTC.
It can be used to log in to your account.

If this was you, you do not need to do anything.

${ifNotYou(site, link)}
`
  }),
  identity_removed: ({ site, at }) => ({
    subject: `An account elsewhere was unlinked from your account at ${site}`,
    text: `The link between your account at ${site}
and an account at another provider was removed at ${minute(at)} UTC.
That account can no longer be used to log in.

If this was you, you do not need to do anything.

If this was not you, reset your password now on the page where you log in,
which logs you out everywhere. An administrator can remove a link too.
`
  })
}

/** How to undo an addition, if the notice has a link. */
const ifNotYou = (site: string, link: string | undefined) =>
  link === undefined
    ? `If this was not you, contact the operator of ${site} now.`
    : `If this was not you, open this page and press the button:

${link}

Second factors, passkeys, personal access tokens and accounts elsewhere
that were added then or later are removed, the account is logged out
everywhere, and you receive a link to choose a new password. If second
factors or recovery codes have changed since, the recovery codes stop
working. If the address of the account was changed, this one becomes its
address again. The link works once and expires in ${lifetime('undo_factor')}.
A new password alone removes no second factor and no account elsewhere.`
