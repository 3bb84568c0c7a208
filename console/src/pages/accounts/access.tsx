import { api, type Factor, type Identity, ok, type PersonalToken, type Session, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action, type Load, Loaded, notify, Section, Table, Time, TokenTable } from '../../ui.ts'
import { can } from '../../who.ts'
import { IdentityTable } from '../account/identities.tsx'
import { LoginTable } from '../account/logins.tsx'

const t = { ...texts.common, ...texts.accounts }

/** What lets people into an account: `load` reads it, and `reload` shows the account after a change. */
interface Access<T> {
  account: User
  load: Load<T>
  reload: () => Promise<unknown>
}

/** A change of a part, which administrators who may only read have not. */
const changing = (reload: () => Promise<unknown>, send: (part: string) => Promise<unknown>) =>
  can('users:write') ? (part: string) => send(part).then(reload) : undefined

/** The logins of an account, to end one or all. */
export function Logins({ account, load, reload }: Access<{ items: Session[] }>) {
  const { id, username } = account
  async function endAll() {
    await ok(api.DELETE('/users/{id}/sessions', { params: { path: { id } } }))
    await reload()
    notify(t.endedAllNow(username))
  }
  const end = changing(reload, session =>
    ok(api.DELETE('/users/{id}/sessions/{session}', { params: { path: { id, session } } }))
  )
  const all = <Action label={t.endAll} confirm={t.endAllHint} isDangerous run={endAll} />
  return (
    <Section title={texts.account.tabs.logins} actions={end && !!load.value?.items.length && all}>
      <Loaded load={load}>{({ items }) => <LoginTable items={items} end={end} />}</Loaded>
    </Section>
  )
}

/** The second factors of an account, to remove them all for an owner who has lost them. */
export function Factors({ account, load, reload }: Access<{ items: Factor[]; recovery_codes_left: number }>) {
  const { id, username } = account
  async function removeAll() {
    await ok(api.DELETE('/users/{id}/factors', { params: { path: { id } } }))
    await reload()
    notify(t.removedFactors(username))
  }
  const all = <Action label={t.removeFactors} confirm={t.removeFactorsHint} isDangerous run={removeAll} />
  return (
    <Section title={texts.account.security.title} actions={can('users:write') && !!load.value?.items.length && all}>
      <Loaded load={load}>
        {({ items, recovery_codes_left }) => (
          <>
            <Table
              label={texts.account.security.title}
              items={items}
              by="id"
              empty={t.noFactors}
              columns={[
                [t.kind, ({ type }) => t.kinds[type]],
                [t.name, ({ name }) => name],
                [t.added, ({ created_at }) => <Time at={created_at} />]
              ]}
            />
            {items.length > 0 && <p>{t.codesLeft(recovery_codes_left)}</p>}
          </>
        )}
      </Loaded>
    </Section>
  )
}

/** The personal access tokens of an account, to delete them. */
export function Tokens({ account: { id }, load, reload }: Access<{ items: PersonalToken[] }>) {
  const remove = changing(reload, token =>
    ok(api.DELETE('/users/{id}/tokens/{token}', { params: { path: { id, token } } }))
  )
  return (
    <Section title={texts.account.tabs.tokens}>
      <Loaded load={load}>
        {({ items }) => <TokenTable items={items} empty={texts.tokens.emptyAccount} remove={remove} />}
      </Loaded>
    </Section>
  )
}

/** The accounts elsewhere that sign in to an account, if it has any, to unlink them. */
export function Identities({ account: { id }, load, reload }: Access<{ items: Identity[] }>) {
  const { title, unlinkHintAccount } = texts.identities
  const unlink = changing(reload, identity =>
    ok(api.DELETE('/users/{id}/identities/{identity}', { params: { path: { id, identity } } }))
  )
  return (
    <Loaded load={load}>
      {({ items }) =>
        items.length > 0 && (
          <Section title={title}>
            <IdentityTable items={items} hint={unlinkHintAccount} unlink={unlink} />
          </Section>
        )
      }
    </Loaded>
  )
}
