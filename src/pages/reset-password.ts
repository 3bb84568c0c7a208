import type { PasswordReason } from '../errors.ts'
import { html } from './html.ts'
import { type Frame, lastPage, page } from './page.ts'

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
  refusal?: PasswordReason
}

/**
 * Asks for a new password, and whether to delete the personal access tokens and to unlink the accounts elsewhere. The
 * form posts to the URL of the page, without its query. The server alone refuses a password: a message of the browser
 * would cover the button.
 */
export function resetPasswordPage(
  frame: Frame,
  { username, hasTokens, hasIdentities }: ResetAccount,
  { token, minLength, deletesTokens = false, unlinksIdentities = false, refusal }: ResetForm
) {
  const { text } = frame
  return page(
    frame,
    'reset-title',
    html`<p>${text('reset')}</p>
<form method="post" action="reset-password" novalidate>
<input type="hidden" name="token" value="${token}">
<div class="field">
<label for="username">${text('account')}</label>
<input id="username" name="username" value="${username}" autocomplete="username" readonly>
</div>
<div class="field">
<label for="password">${text('reset-password')}</label>
<p class="hint" id="hint">${text('reset-length')}: ${String(minLength)}</p>
<input id="password" name="new_password" type="password" autocomplete="new-password" required minlength="${String(minLength)}" ${
      refusal === undefined
        ? html`aria-describedby="hint"`
        : html`aria-describedby="error hint" aria-invalid="true" autofocus`
    }>
${refusal === undefined ? '' : html`<p class="error" id="error" role="alert">${text(`refused-${refusal}`)}</p>\n`}</div>
${hasTokens ? checkbox('delete_tokens', text('reset-delete-tokens'), deletesTokens) : ''}${hasIdentities ? checkbox('unlink_identities', text('reset-unlink-identities'), unlinksIdentities) : ''}<button>${text('reset-button')}</button>
</form>`,
    refusal !== undefined
  )
}

const checkbox = (name: string, text: string, isChecked: boolean) =>
  html`<label class="check"><input name="${name}" type="checkbox" value="true"${isChecked ? html` checked` : ''}> <span>${text}</span></label>
`

/** Confirms that the password is set. */
export const passwordSetPage = (frame: Frame) => lastPage(frame, 'set-title', 'set')
