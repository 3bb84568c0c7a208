import { html } from './html.ts'
import { page } from './page.ts'

/** Asks whether to restore the address. The form posts the token to the URL of the page, without its query. */
export const undoEmailChangePage = (account: { email: string; username: string }, site: string, token: string) =>
  page(
    'Restore your e-mail address',
    html`<h1>Restore your e-mail address</h1>
<p>Make <strong>${account.email}</strong> the address of <strong>${account.username}</strong> at ${site} again?</p>
<form method="post" action="undo-email-change">
<input type="hidden" name="token" value="${token}">
<button>Restore address</button>
</form>
<p>This signs the account out everywhere, removes second factors, personal access tokens and accounts elsewhere that were added since the change, and you receive a link to choose a new password. If you changed the address yourself, close this page.</p>`
  )

/** Confirms that the address is restored. */
export const emailChangeUndonePage = () =>
  page(
    'Your e-mail address is restored',
    html`<h1>Your e-mail address is restored</h1>
<p>The account has been signed out everywhere. A message with a link is on its way to you: choose a new password now.</p>`
  )
