import { html } from './html.ts'
import { page } from './page.ts'

/**
 * Asks whether to remove the new second factors. The form posts the token to the URL of the page, without its query.
 */
export const undoFactorPage = (account: { email: string; username: string }, site: string, token: string) =>
  page(
    'Remove new second factors',
    html`<h1>Remove new second factors</h1>
<p>Remove the second factor that this message was about from <strong>${account.username}</strong> at ${site}, and every one that was added later?</p>
<form method="post" action="undo-factor">
<input type="hidden" name="token" value="${token}">
<button>Remove second factors</button>
</form>
<p>This signs the account out everywhere and ends its recovery codes. <strong>${account.email}</strong> becomes the address of the account again if that was changed, and receives a link to choose a new password. If you added the second factor yourself, close this page.</p>`
  )

/** Confirms that the new second factors are removed. */
export const factorUndonePage = () =>
  page(
    'The second factors are removed',
    html`<h1>The second factors are removed</h1>
<p>The account has been signed out everywhere, and its recovery codes no longer work. A message with a link is on its way to you: choose a new password now. Then add a second factor of your own.</p>`
  )
