import { isCapable } from './capabilities.ts'
import { inBackground } from './ceremonies.ts'
import { makePasskey, type PasskeyCreation } from './passkey.ts'
import { signalUnknown } from './passkey-signals.ts'

/** A passkey that the browser has created without a dialog. */
export interface NewPasskey {
  id: string
  name: string
}

/** How long the browser may take. Until then, it refuses every other ceremony that this client does not begin. */
const patienceMs = 30_000

/** Lets the browser create a passkey without a dialog. `fetch` sends the access token. */
export function createPasskeyUpgrade(url: string, fetch: typeof globalThis.fetch) {
  const post = (path: string, body: object) =>
    fetch(`${url}/users/me/passkeys${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body)
    })

  async function create(name: string): Promise<NewPasskey | undefined> {
    const begun = await post('/options', { conditional: true })
    if (!begun.ok) return undefined
    const options = (await begun.json()) as PasskeyCreation & { rp: { id: string } }
    const ceremony = inBackground()
    const timer = setTimeout(() => ceremony.abort(), patienceMs)
    const how = { mediation: 'conditional', signal: ceremony.signal } as const
    const response = await makePasskey(options, how).finally(() => clearTimeout(timer))
    const added = await post('', { name, response })
    if (added.ok) return ((await added.json()) as { passkey: NewPasskey }).passkey
    // The server may have added the passkey in spite of an answer such as that of a proxy.
    if (added.status < 500) await signalUnknown(options.rp.id, response)
    return undefined
  }

  return async ({ name }: { name: string }): Promise<NewPasskey | undefined> => {
    // A browser without it would take no notice of the mediation, and show a dialog.
    if (!(await isCapable('conditionalCreate'))) return undefined
    return await create(name).catch(() => undefined)
  }
}
