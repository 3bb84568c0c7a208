import { html } from './html.ts'
import { page } from './page.ts'

/**
 * Asks whether to remove what was added to the account. The form posts the token to the URL of the page, without its
 * query.
 */
export const undoFactorPage = (account: { email: string; username: string }, site: string, token: string) =>
  page(
    'Remove what was added',
    html`<h1>Remove what was added</h1>
<p>Remove what this message was about from <strong>${account.username}</strong> at ${site}, and every second factor, passkey, personal access token and account elsewhere that was added later?</p>
<form method="post" action="undo-factor">
<input type="hidden" name="token" value="${token}">
<button>Remove all of it</button>
</form>
<p>This signs the account out everywhere. If second factors or recovery codes have changed since, the recovery codes stop working. <strong>${account.email}</strong> becomes the address of the account again if that was changed, and receives a link to choose a new password. If this was you, close this page.</p>`
  )

/** Confirms that what was added is removed. */
export const factorUndonePage = () =>
  page(
    'What was added is removed',
    html`<h1>What was added is removed</h1>
<p>The account has been signed out everywhere. A message with a link is on its way to you: choose a new password now. Then check your second factors and recovery codes.</p>`
  )
