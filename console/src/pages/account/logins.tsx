import { api, ok, type Session } from '../../api.ts'
import { nameOfLogin } from '../../login-name.ts'
import { texts } from '../../texts.ts'
import { List, Loaded, useLoad, usePages } from '../../ui/loading.tsx'
import { Action, Badge, Device, EventText, notify, Section, Table, Time } from '../../ui.ts'
import { Party } from '../audit/party.tsx'

const t = { ...texts.common, ...texts.audit.fields, ...texts.logins }

/** Logins, with a button that ends each, if the person may. Owners end theirs but the current one, and sign out of it. */
export function LoginTable(props: {
  items: Session[]
  isOwner?: boolean
  end?: ((login: string) => Promise<unknown>) | undefined
}) {
  const { items, isOwner = false, end } = props
  return (
    <Table
      label={texts.account.tabs.logins}
      items={items}
      by="id"
      empty={t.empty}
      columns={[
        [t.device, login => <DeviceOf {...login} />, 'row'],
        !isOwner && [t.client_id, ({ client_id }) => <Party id={client_id} />, 'below'],
        [t.ip, ({ ip, last_ip }) => last_ip ?? ip ?? t.unknown, 'below'],
        [t.started, ({ created_at }) => <Time at={created_at} />],
        [t.lastUsed, ({ last_used_at }) => <Time at={last_used_at} />, 'below'],
        end !== undefined && [
          t.actions,
          login =>
            !(isOwner && login.current) && (
              <Action
                label={t.end}
                title={t.endLogin(nameOfLogin(login))}
                confirm={isOwner ? t.confirmEnd : login.current && t.endHint}
                isDangerous={isOwner}
                run={() => end(login.id).then(() => notify(t.ended))}
              />
            ),
          'top'
        ]
      ]}
    />
  )
}

const DeviceOf = ({ user_agent, current }: Session) => (
  <>
    <Device userAgent={user_agent} /> {current && <Badge kind="good">{t.thisLogin}</Badge>}
  </>
)

/** Where the account is signed in. */
export function Logins() {
  const logins = useLoad(() => ok(api.GET('/users/me/sessions')))
  async function end(id: string) {
    await ok(api.DELETE('/users/me/sessions/{id}', { params: { path: { id } } }))
    await logins.reload()
  }
  async function endOthers() {
    await ok(api.DELETE('/users/me/sessions'))
    notify(t.othersEnded)
    await logins.reload()
  }
  const others = <Action label={t.endOthers} confirm={t.confirmEndOthers} isDangerous run={endOthers} />
  return (
    <Loaded load={logins}>
      {({ items }) => (
        <Section title={texts.account.tabs.logins} hint={t.hint} actions={items.length > 1 && others}>
          <LoginTable items={items} isOwner end={end} />
        </Section>
      )}
    </Loaded>
  )
}

const activity = { ...texts.common, ...texts.audit.fields, ...texts.account.activity }

/** The events about the account. */
export function Activity() {
  const pages = usePages(page => ok(api.GET('/users/me/activity', { params: { query: page } })))
  const tokens = useLoad(() => ok(api.GET('/users/me/tokens')))
  const logins = useLoad(() => ok(api.GET('/users/me/sessions')))
  const named = { tokens: tokens.value?.items, logins: logins.value?.items }
  // A name that comes later would move the rows below it.
  const areNamed = [tokens, logins].every(({ value, error }) => value !== undefined || error !== undefined)
  return (
    <Section title={texts.account.tabs.activity} hint={activity.hint}>
      {areNamed && (
        <List
          pages={pages}
          label={texts.account.tabs.activity}
          empty={activity.empty}
          columns={[
            [activity.at, ({ at }) => <Time at={at} />],
            [activity.action, event => <EventText event={event} {...named} />],
            [t.actor, ({ by }) => (by ? { you: activity.you, operator: activity.operator }[by] : activity.notSignedIn)],
            [t.ip, ({ ip }) => ip ?? activity.none]
          ]}
        />
      )}
    </Section>
  )
}
