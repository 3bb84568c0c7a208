import { api, type Factor, ok, type Passkey } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action } from '../../ui/action.tsx'
import { notify } from '../../ui/notices.tsx'
import { Table, Time } from '../../ui/page.tsx'
import { PasskeyName } from './add-passkey.tsx'

const t = texts.account.security

/** The second factors of the account. */
export function FactorTable(props: { items: Factor[]; passkeys: Passkey[]; onChange: () => Promise<void> }) {
  const { items, passkeys, onChange } = props
  return (
    <Table label={t.title} columns={[t.kind, t.name, t.added, t.lastUsed, t.actions]}>
      {items.map(factor => (
        <Row
          key={factor.id}
          factor={factor}
          passkey={passkeys.find(({ id }) => id === factor.id)}
          isLast={items.length === 1}
          onChange={onChange}
        />
      ))}
    </Table>
  )
}

function Row(props: { factor: Factor; passkey: Passkey | undefined; isLast: boolean; onChange: () => Promise<void> }) {
  const { factor, passkey, isLast, onChange } = props
  const { id, type, name, created_at } = factor
  const about = name ?? t.kinds[type]
  const params = { path: { id } }

  async function rename(to: string) {
    await ok(api.PATCH('/users/me/passkeys/{id}', { params, body: { name: to } }))
    await onChange()
  }

  async function remove() {
    await ok(api.DELETE('/users/me/factors/{id}', { params }))
    notify(t.removed)
    await onChange()
  }

  return (
    <tr>
      <td>{t.kinds[type]}</td>
      <td>{name ?? texts.common.none}</td>
      <td>
        <Time at={created_at} />
      </td>
      <td>{passkey ? <Time at={passkey.last_used_at} /> : t.notRecorded}</td>
      <td>
        <div class="actions">
          {passkey && (
            <Action
              label={t.rename}
              about={about}
              run={async ({ name: to = '' }) => {
                await rename(to)
                notify(t.renamed, () => rename(passkey.name))
              }}
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
      </td>
    </tr>
  )
}
