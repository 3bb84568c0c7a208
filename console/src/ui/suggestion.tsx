import { signal } from '@preact/signals'
import { useLocation } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { addPasskey, arePasskeysHere, nameOfBrowser, readPasskeys } from '../passkeys.ts'
import { server } from '../place.ts'
import { ofBrowser } from '../storage.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { notify } from './notices.tsx'

const t = texts.suggestion

/** The suggestion after a login, until the person has answered it. */
export function Suggestion() {
  const [, go] = useLocation()
  async function accept() {
    newCodes.value = await addPasskey(nameOfBrowser())
    suggestedTo.value = undefined
    go('/account/security')
    notify(texts.account.security.passkeyAdded)
  }
  /** Ends the suggestion, also for later logins in this browser. */
  async function decline() {
    ofBrowser?.setItem(declined(String(suggestedTo.value)), 'yes')
    suggestedTo.value = undefined
  }
  if (!suggestedTo.value) return null
  return (
    <aside class="suggestion" aria-label={t.title}>
      <p>{t.why}</p>
      <Action label={t.create} run={accept} />
      <Action label={t.dismiss} look="quiet" run={decline} />
    </aside>
  )
}

/** The id of the account to which a passkey is suggested after its login. */
export const suggestedTo = signal<string>()

/** The recovery codes of a passkey that was added where they cannot be shown: the page "Security" shows them. */
export const newCodes = signal<string[]>()

const declined = (account: string) => `sallyport ${server} passkey declined by ${account}`

/** Suggests a passkey to an account without a second factor, unless it was declined in this browser. */
export async function suggestPasskey() {
  if (!(await readPasskeys()) || !(await arePasskeysHere())) return
  const { items } = await ok(api.GET('/users/me/factors'))
  const { id } = await ok(api.GET('/users/me'))
  if (items.length === 0 && !ofBrowser?.getItem(declined(id))) suggestedTo.value = id
}
