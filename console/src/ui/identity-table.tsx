import type { Identity } from '../api.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { notify } from './notices.tsx'
import { Table, Time } from './page.tsx'

const t = texts.identities

/** Accounts elsewhere, with a button that unlinks each, if the person may. */
export function IdentityTable(props: {
  identities: Identity[]
  /** The consequence of unlinking. */
  hint: string
  unlink?: ((identity: string) => Promise<unknown>) | undefined
}) {
  const { identities, hint, unlink } = props
  const columns = [t.provider, t.email, t.subject, t.linked]
  return (
    <Table label={t.title} columns={unlink ? [...columns, t.action] : columns}>
      {identities.map(({ id, issuer, email, subject, created_at }) => (
        <tr key={id}>
          <th scope="row">{issuer}</th>
          <td>{email ?? texts.common.unknown}</td>
          <td>{subject}</td>
          <td>
            <Time at={created_at} />
          </td>
          {unlink && (
            <td>
              <Action
                label={t.unlink}
                about={email ?? issuer}
                confirm={hint}
                isDangerous
                run={async () => {
                  await unlink(id)
                  notify(t.unlinkedNow)
                }}
              />
            </td>
          )}
        </tr>
      ))}
    </Table>
  )
}
