import { signal } from '@preact/signals'
import { api, ok } from './api.ts'
import { addPasskey, arePasskeysHere, nameOfBrowser, readPasskeys } from './passkeys.ts'
import { server } from './place.ts'
import { ofBrowser } from './storage.ts'

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

/** Adds the passkey. */
export async function acceptPasskey() {
  newCodes.value = await addPasskey(nameOfBrowser())
  suggestedTo.value = undefined
}

/** Ends the suggestion, also for later logins in this browser. */
export function declinePasskey() {
  ofBrowser?.setItem(declined(String(suggestedTo.value)), 'yes')
  suggestedTo.value = undefined
}
