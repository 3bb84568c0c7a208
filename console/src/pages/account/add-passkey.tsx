import { addPasskey, nameOfBrowser } from '../../passkeys.ts'
import { texts } from '../../texts.ts'
import { Action, Field, notify } from '../../ui.ts'

const t = { ...texts.common, ...texts.account.security }

/** Asks for the name of a passkey, which the browser then creates. */
export function AddPasskey({ onAdded }: { onAdded: (codes?: string[]) => Promise<void> }) {
  async function add({ name = '' }) {
    const codes = await addPasskey(name)
    notify(t.passkeyAdded)
    await onAdded(codes)
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
