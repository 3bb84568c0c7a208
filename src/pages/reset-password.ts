import type { PasswordReason } from '../base/errors.ts'
import { html } from './html.ts'
import { type Frame, lastPage, page } from './page.ts'

/** An invitation that was mailed, or whose link was handed over; `undefined` for an account with a password. */
type Invitation = 'mailed' | 'handed' | undefined

/** The account whose password is set, and whether it has personal access tokens and linked identities. */
export interface ResetAccount {
  username: string
  /** How the link reached its owner, while it never had a password. */
  invitation: Invitation
  hasTokens: boolean
  hasIdentities: boolean
}

/** The token of the link and the least length of a password. */
export interface ResetForm {
  token: string
  minLength: number
  /** Whether the box that deletes the personal access tokens was checked. */
  deletesTokens?: boolean
  /** Whether the box that unlinks the linked identities was checked. */
  unlinksIdentities?: boolean
  /** Why the previous password was rejected: `length` when it was too short, `bytes` when it was too long. */
  refusal?: PasswordReason | 'bytes'
}

/**
 * Asks for the first password or a new one, and whether to delete the personal access tokens and to unlink the
 * identities. The form posts to the URL of the page, without its query. The server alone refuses a password: a message
 * of the browser would cover the button.
 */
export function resetPasswordPage(
  frame: Frame,
  { username, invitation, hasTokens, hasIdentities }: ResetAccount,
  { token, minLength, deletesTokens = false, unlinksIdentities = false, refusal }: ResetForm
) {
  const { text } = frame
  const prefix = invitation ? 'invited' : 'reset'
  // The text of a site may lack the number.
  const length = text('reset-length')
  const least = length.includes(String(minLength)) ? length : `${length}: ${minLength}`
  return page(
    frame,
    `${prefix}-title`,
    html`<p>${text(invitation === 'handed' ? 'invited-handed' : prefix)}</p>
<form method="post" action="reset-password" novalidate>
<input type="hidden" name="token" value="${token}">
<div class="field">
<label for="username">${text('account')}</label>
<input id="username" name="username" value="${username}" autocomplete="username" readonly tabindex="-1">
</div>
<div class="field">
<label for="password">${text(`${prefix}-password`)}</label>
<div class="hint" id="hint">
<p>${text('reset-rules')}</p>
<ul><li>${least}</li><li>${text('reset-context')}</li><li>${text('reset-common')}</li></ul>
</div>
<input id="password" name="new_password" type="password" autocomplete="new-password" required minlength="${String(minLength)}" autofocus ${
      refusal === undefined ? html`aria-describedby="hint"` : html`aria-describedby="error hint" aria-invalid="true"`
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

/** Confirms that the password is set: a new one, or the first one of an invited account. */
export const passwordSetPage = (frame: Frame, invitation: Invitation) =>
  invitation
    ? lastPage(frame, 'joined-title', invitation === 'handed' ? 'joined-handed' : 'joined')
    : lastPage(frame, 'set-title', 'set')
