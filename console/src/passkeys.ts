import { signalPasskeys } from '@sallyport/client'
import { api, ok, type Passkey } from './api.ts'
import { deviceOf } from './login-name.ts'
import { client } from './session.ts'
import { askAgain } from './ui/prove-dialog.tsx'

/**
 * The passkeys of the account; `undefined` where the server has none. Tells the browser of them, so that it offers no
 * others and shows their right name.
 */
export async function readPasskeys(): Promise<Passkey[] | undefined> {
  const { passkeys_supported } = await ok(api.GET('/.well-known/oauth-authorization-server'))
  if (!passkeys_supported) return undefined
  const { items, signals } = await ok(api.GET('/users/me/passkeys'))
  void signalPasskeys(signals)
  return items
}

/** The origins whose pages may use the passkeys of the server, which has some. */
export const readOrigins = async (): Promise<string[]> => {
  const { data } = await api.GET('/.well-known/webauthn')
  // A proxy may not pass the path on.
  return data?.origins ?? [location.origin]
}

/** Whether this page may use the passkeys of the server, which has some. */
export const arePasskeysHere = async (): Promise<boolean> =>
  'PublicKeyCredential' in window && (await readOrigins()).includes(location.origin)

/** A name for a passkey of this browser. */
export const nameOfBrowser = () => deviceOf(navigator.userAgent).slice(0, 64).trim()

/** Lets the browser create a passkey in its dialog, and adds it. Resolves to the recovery codes that come with it. */
export const addPasskey = async (name: string): Promise<string[] | undefined> =>
  (await client.addPasskey({ name, secondFactor: askAgain })).recoveryCodes
