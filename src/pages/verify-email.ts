import { html } from './html.ts'
import { page } from './page.ts'

/** Asks whether to verify the address. The form posts the token to the URL of the page, without its query. */
export const verifyEmailPage = (account: { email: string; username: string }, site: string, token: string) =>
  page(
    'Confirm your e-mail address',
    html`<h1>Confirm your e-mail address</h1>
<p>Is <strong>${account.email}</strong> your address, and <strong>${account.username}</strong> your account at ${site}?</p>
<form method="post" action="verify-email">
<input type="hidden" name="token" value="${token}">
<button>Confirm address</button>
</form>
<p>If not, close this page.</p>`
  )

/** Confirms that the address is verified. */
export const emailVerifiedPage = () =>
  page(
    'Your e-mail address is confirmed',
    html`<h1>Your e-mail address is confirmed</h1>
<p>You can close this page. You can now also sign in with this address.</p>`
  )
