import { api, ok, type Session, type User } from '../../api.ts'
import { nameOfLogin } from '../../login-name.ts'
import { texts } from '../../texts.ts'
import { Action } from '../../ui/action.tsx'
import { type Load, Loaded } from '../../ui/loading.tsx'
import { Device } from '../../ui/more.tsx'
import { notify } from '../../ui/notices.tsx'
import { Badge, Empty, Section, Table, Time } from '../../ui/page.tsx'
import { can } from '../../who.ts'
import { Party } from '../audit/party.tsx'

const t = texts.accounts

/** The logins of an account, to end one or all. */
export function Logins(props: { account: User; load: Load<{ items: Session[] }>; reload: () => Promise<unknown> }) {
  const { account, load, reload } = props
  const { id, username } = account
  const mayEnd = can('users:write')
  async function endAll() {
    await ok(api.DELETE('/users/{id}/sessions', { params: { path: { id } } }))
    await reload()
    notify(t.endedAllNow(username))
  }
  async function end(session: string) {
    await ok(api.DELETE('/users/{id}/sessions/{session}', { params: { path: { id, session } } }))
    await reload()
    notify(t.endedNow)
  }
  const columns = [t.device, t.client, t.ip, t.started, t.lastUsed]
  const hasLogins = load.value !== undefined && load.value.items.length > 0
  return (
    <Section
      title={t.logins}
      actions={mayEnd && hasLogins && <Action label={t.endAll} confirm={t.endAllHint} isDangerous run={endAll} />}
    >
      <Loaded load={load}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{t.noLogins}</Empty>
          ) : (
            <Table label={t.logins} columns={mayEnd ? [...columns, t.action] : columns}>
              {items.map(login => (
                <tr key={login.id}>
                  <th scope="row">
                    <Device userAgent={login.user_agent} /> {login.current && <Badge>{t.thisLogin}</Badge>}
                  </th>
                  <td>
                    <Party id={login.client_id} />
                  </td>
                  <td>{login.last_ip ?? login.ip}</td>
                  <td>
                    <Time at={login.created_at} />
                  </td>
                  <td>
                    <Time at={login.last_used_at} />
                  </td>
                  {mayEnd && (
                    <td>
                      <Action
                        label={t.end}
                        title={t.endLogin(nameOfLogin(login))}
                        {...(login.current && { confirm: t.endHint })}
                        run={() => end(login.id)}
                      />
                    </td>
                  )}
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Section>
  )
}
