import { api, ok, type Passkey } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action } from '../../ui/action.tsx'
import { notify } from '../../ui/notices.tsx'
import { Badge, Section, Table, Time } from '../../ui/page.tsx'

const t = texts.account.unconfirmed

/** The passkeys that a browser has created without a dialog, to confirm or remove each. */
export function UnconfirmedPasskeys(props: { passkeys: Passkey[]; onChange: (codes?: string[]) => Promise<void> }) {
  const { passkeys, onChange } = props
  async function confirm(id: string) {
    const params = { path: { id } }
    const { recovery_codes } = await ok(api.POST('/users/me/passkeys/{id}/confirmation', { params, body: {} }))
    notify(t.confirmed)
    await onChange(recovery_codes)
  }
  async function remove(id: string) {
    await ok(api.DELETE('/users/me/passkeys/{id}', { params: { path: { id } } }))
    notify(t.removed)
    await onChange()
  }
  return (
    <Section title={t.title}>
      <p>{t.hint}</p>
      <Table
        label={t.title}
        items={passkeys}
        by="id"
        columns={[
          [t.name, ({ name }) => name, 'row'],
          [t.state, () => <Badge>{t.unconfirmed}</Badge>],
          [t.added, ({ created_at }) => <Time at={created_at} />],
          [t.lastUsed, ({ last_used_at }) => <Time at={last_used_at} />],
          [
            t.actions,
            ({ id, name }) => (
              <div class="actions">
                <Action label={t.confirm} about={name} confirm={t.confirmHint} run={() => confirm(id)} />
                <Action label={t.remove} about={name} confirm={t.removeHint} isDangerous run={() => remove(id)} />
              </div>
            )
          ]
        ]}
      />
    </Section>
  )
}
