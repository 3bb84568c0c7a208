import { signal } from '@preact/signals'
import { api, ok } from './api.ts'
import { arePasskeysHere, isUnconfirmed, nameOfBrowser, readPasskeys } from './passkeys.ts'
import { server } from './place.ts'
import { client } from './session.ts'
import { ofBrowser } from './storage.ts'

/** The suggestion after a login: to add a passkey, or to confirm the one that the browser has created. */
export const suggestion = signal<'add' | 'confirm'>()

/**
 * After a login with a password, lets the browser create a passkey. To an account without a second factor, suggests a
 * passkey once in this browser.
 */
export async function suggestPasskey({ withPassword }: { withPassword: boolean }) {
  const passkeys = await readPasskeys()
  if (!passkeys || !(await arePasskeysHere())) return
  const created = withPassword ? client.upgradeToPasskey({ name: nameOfBrowser() }) : undefined
  const { items } = await ok(api.GET('/users/me/factors'))
  const { id } = await ok(api.GET('/users/me'))
  if (items.length === 0 && isFirstTime(id)) suggestion.value = passkeys.some(isUnconfirmed) ? 'confirm' : 'add'
  if (await created) suggestion.value = 'confirm'
}

function isFirstTime(account: string): boolean {
  const key = `sallyport ${server} passkey suggested to ${account}`
  const isFirst = ofBrowser?.getItem(key) === null
  ofBrowser?.setItem(key, 'yes')
  return isFirst
}
