import { html } from './html.ts'
import { type Frame, facts, lastPage, page } from './page.ts'

/** Asks whether to verify the address. The form posts the token to the URL of the page, without its query. */
export const verifyEmailPage = (frame: Frame, account: { email: string; username: string }, token: string) =>
  page(
    frame,
    'verify-title',
    html`${facts(frame, account)}
<p>${frame.text('verify')}</p>
<form method="post" action="verify-email">
<input type="hidden" name="token" value="${token}">
<button>${frame.text('verify-button')}</button>
</form>`
  )

/** Confirms that the address is verified. */
export const emailVerifiedPage = (frame: Frame) => lastPage(frame, 'verified-title', 'verified')
