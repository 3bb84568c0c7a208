import { api, ok, type Session } from '../../api.ts'
import { nameOfLogin } from '../../login-name.ts'
import { texts } from '../../texts.ts'
import { Action } from '../../ui/action.tsx'
import { Loaded, useLoad } from '../../ui/loading.tsx'
import { Device } from '../../ui/more.tsx'
import { notify } from '../../ui/notices.tsx'
import { Badge, Section, Table, Time } from '../../ui/page.tsx'
import { TabPage } from './tab-page.tsx'

const t = texts.account.logins

/** Where the account is signed in. */
export function Logins() {
  const logins = useLoad(() => ok(api.GET('/users/me/sessions')))

  async function endOthers() {
    await ok(api.DELETE('/users/me/sessions'))
    notify(t.othersEnded)
    await logins.reload()
  }

  return (
    <TabPage tab="logins">
      <Loaded load={logins}>
        {({ items }) => (
          <Section
            title={texts.account.tabs.logins}
            actions={
              items.length > 1 && (
                <Action label={t.endOthers} confirm={t.confirmEndOthers} isDangerous run={endOthers} />
              )
            }
          >
            <p>{t.hint}</p>
            <Table label={texts.account.tabs.logins} columns={[t.device, t.address, t.first, t.last, t.actions]}>
              {items.map(login => (
                <Row key={login.id} login={login} onEnd={logins.reload} />
              ))}
            </Table>
          </Section>
        )}
      </Loaded>
    </TabPage>
  )
}

function Row({ login, onEnd }: { login: Session; onEnd: () => Promise<void> }) {
  const { id, user_agent, ip, last_ip, created_at, last_used_at, current } = login

  async function end() {
    await ok(api.DELETE('/users/me/sessions/{id}', { params: { path: { id } } }))
    notify(t.ended)
    await onEnd()
  }

  return (
    <tr>
      <th scope="row">
        <Device userAgent={user_agent} />
      </th>
      <td>{last_ip ?? ip ?? texts.common.unknown}</td>
      <td>
        <Time at={created_at} />
      </td>
      <td>
        <Time at={last_used_at} />
      </td>
      <td>
        {current ? (
          <Badge kind="good">{t.current}</Badge>
        ) : (
          <Action label={t.end} title={t.endLogin(nameOfLogin(login))} confirm={t.confirmEnd} isDangerous run={end} />
        )}
      </td>
    </tr>
  )
}
