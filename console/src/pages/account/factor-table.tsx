import { api, type Factor, ok, type Passkey } from '../../api.ts'
import { addPasskey, nameOfBrowser } from '../../passkeys.ts'
import { texts } from '../../texts.ts'
import { Action, Field, notify, Table, Time } from '../../ui.ts'

const t = { ...texts.common, ...texts.account.security }

/** The second factors of the account. */
export function FactorTable(props: { items: Factor[]; passkeys: Passkey[]; onChange: () => Promise<void> }) {
  const { items, passkeys, onChange } = props
  const passkeyOf = (factor: Factor) => passkeys.find(({ id }) => id === factor.id)
  const isLast = items.length === 1
  return (
    <Table
      label={t.title}
      items={items}
      by="id"
      columns={[
        [t.kind, ({ type }) => t.kinds[type]],
        [t.name, ({ name }) => name ?? t.none],
        [t.added, ({ created_at }) => <Time at={created_at} />],
        [
          t.lastUsedToSignIn,
          factor => (passkeyOf(factor) ? <Time at={passkeyOf(factor)?.last_used_at} /> : t.notRecorded)
        ],
        [t.actions, factor => <Actions {...{ factor, passkey: passkeyOf(factor), isLast, onChange }} />]
      ]}
    />
  )
}

function Actions(props: {
  factor: Factor
  passkey: Passkey | undefined
  isLast: boolean
  onChange: () => Promise<void>
}) {
  const { factor, passkey, isLast, onChange } = props
  const about = factor.name ?? t.kinds[factor.type]
  const params = { path: { id: factor.id } }
  async function rename(name: string) {
    await ok(api.PATCH('/users/me/passkeys/{id}', { params, body: { name } }))
    await onChange()
  }
  async function remove() {
    await ok(api.DELETE('/users/me/factors/{id}', { params }))
    notify(t.removed)
    await onChange()
  }
  return (
    <div class="actions">
      {passkey && (
        <Action
          label={t.rename}
          about={about}
          run={({ name = '' }) => rename(name).then(() => notify(t.renamed, () => rename(passkey.name)))}
        >
          <PasskeyName value={passkey.name} />
        </Action>
      )}
      <Action
        label={t.remove}
        about={about}
        confirm={isLast ? t.confirmLastRemoval : t.confirmRemoval}
        isDangerous
        run={remove}
      />
    </div>
  )
}

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
