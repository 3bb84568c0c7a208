import { createPasskey } from '../../../../src/client.ts'
import { api, ok } from '../../api.ts'
import type { components } from '../../openapi.d.ts'
import { nameOfBrowser } from '../../passkeys.ts'
import { texts } from '../../texts.ts'
import { Action, Field, notify } from '../../ui.ts'

const t = { ...texts.common, ...texts.account.security }

/** The result of `createPasskey`. */
type Created = components['schemas']['PasskeyCreationResponse']

/** Asks for the name of a passkey, which the browser then creates. */
export function AddPasskey({ onAdded }: { onAdded: (codes?: string[]) => Promise<void> }) {
  async function add({ name = '' }) {
    const response = await createPasskey(await ok(api.POST('/users/me/passkeys/options', { body: {} })))
    const { recovery_codes } = await ok(
      api.POST('/users/me/passkeys', { body: { name, response: response as Created } })
    )
    notify(t.passkeyAdded)
    await onAdded(recovery_codes)
  }
  return (
    <Action label={t.addPasskey} confirm={t.passkeyHint} run={add}>
      <PasskeyName value={nameOfBrowser()} />
    </Action>
  )
}

/** The field for the name of a passkey. */
export const PasskeyName = ({ value }: { value: string }) => (
  <Field name="name" label={t.name} defaultValue={value} maxLength={64} required autoFocus />
)
