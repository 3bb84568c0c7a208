import type { PersonalToken } from '../api.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { notify } from './notices.tsx'
import { Table, Time } from './page.tsx'

const t = texts.tokens

/** Personal access tokens, with a button that deletes each, if the person may. */
export function TokenTable(props: {
  tokens: PersonalToken[]
  remove?: ((token: string) => Promise<unknown>) | undefined
}) {
  const { tokens, remove } = props
  const columns = [t.name, t.scopes, t.resource, t.created, t.expires, t.lastUsed]
  return (
    <Table label={t.title} columns={remove ? [...columns, t.action] : columns}>
      {tokens.map(({ id, name, scopes, resource, created_at, expires_at, last_used_at }) => (
        <tr key={id}>
          <th scope="row">{name}</th>
          <td>{scopes.join(', ') || texts.common.none}</td>
          <td>{resource ?? t.anyResource}</td>
          <td>
            <Time at={created_at} />
          </td>
          <td>
            <Time at={expires_at} />
          </td>
          <td>
            <Time at={last_used_at} />
          </td>
          {remove && (
            <td>
              <Action
                label={t.delete}
                about={name}
                confirm={t.deleteHint}
                isDangerous
                run={async () => {
                  await remove(id)
                  notify(t.deletedNow(name))
                }}
              />
            </td>
          )}
        </tr>
      ))}
    </Table>
  )
}
