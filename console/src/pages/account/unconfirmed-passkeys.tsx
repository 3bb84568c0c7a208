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
      <Table label={t.title} columns={[t.name, t.state, t.added, t.lastUsed, t.actions]}>
        {passkeys.map(({ id, name, created_at, last_used_at }) => (
          <tr key={id}>
            <th scope="row">{name}</th>
            <td>
              <Badge>{t.unconfirmed}</Badge>
            </td>
            <td>
              <Time at={created_at} />
            </td>
            <td>
              <Time at={last_used_at} />
            </td>
            <td>
              <div class="actions">
                <Action label={t.confirm} about={name} confirm={t.confirmHint} run={() => confirm(id)} />
                <Action label={t.remove} about={name} confirm={t.removeHint} isDangerous run={() => remove(id)} />
              </div>
            </td>
          </tr>
        ))}
      </Table>
    </Section>
  )
}
