import { html } from './html.ts'
import { page } from './page.ts'

/** The account whose password is set, and whether it has personal access tokens and accounts elsewhere. */
export interface ResetAccount {
  username: string
  hasTokens: boolean
  hasIdentities: boolean
}

/** The token of the link and the least length of a password. */
export interface ResetForm {
  token: string
  minLength: number
  /** Whether the box that deletes the personal access tokens was checked. */
  deletesTokens?: boolean
  /** Whether the box that unlinks the accounts elsewhere was checked. */
  unlinksIdentities?: boolean
  /** Why the previous password was rejected. */
  refusal?: string
}

/**
 * Asks for a new password, and whether to delete the personal access tokens and to unlink the accounts elsewhere. The
 * form posts to the URL of the page, without its query.
 */
export function resetPasswordPage(
  { username, hasTokens, hasIdentities }: ResetAccount,
  { token, minLength, deletesTokens = false, unlinksIdentities = false, refusal }: ResetForm
) {
  const title = 'Choose a new password'
  return page(
    refusal === undefined ? title : `Error: ${title}`,
    html`<h1>${title}</h1>
<form method="post" action="reset-password">
<input type="hidden" name="token" value="${token}">
<label for="username">Account</label>
<input id="username" name="username" value="${username}" autocomplete="username" readonly>
<label for="password">New password</label>
<p class="hint" id="hint">${String(minLength)} characters or more. Setting the password signs you out everywhere.</p>
${refusal === undefined ? '' : html`<p class="error" id="error" role="alert">This password ${refusal}.</p>`}
<input id="password" name="new_password" type="password" autocomplete="new-password" required minlength="${String(minLength)}" ${
      refusal === undefined
        ? html`aria-describedby="hint"`
        : html`aria-describedby="error hint" aria-invalid="true" autofocus`
    }>
${hasTokens ? checkbox('delete_tokens', 'Also delete all personal access tokens: programs that use one can no longer act for you', deletesTokens) : ''}${hasIdentities ? checkbox('unlink_identities', 'Also unlink all accounts elsewhere: you can no longer sign in with Google, Apple or another provider', unlinksIdentities) : ''}<button>Set password</button>
</form>`
  )
}

const checkbox = (name: string, text: string, isChecked: boolean) =>
  html`<label class="check"><input name="${name}" type="checkbox" value="true"${isChecked ? html` checked` : ''}> ${text}</label>
`

/** Confirms that the password is set. */
export const passwordSetPage = () =>
  page(
    'Your new password is set',
    html`<h1>Your new password is set</h1>
<p>You have been signed out everywhere. You can close this page and sign in with your new password.</p>`
  )
