import { ProblemError } from '@sallyport/client'
import { Link } from 'wouter-preact'
import { type AuditEvent, api, ok, type User, versioned } from '../../api.ts'
import { consolePath } from '../../place.ts'
import { texts } from '../../texts.ts'
import { EventText, List, Loaded, Page, Section, Time, useLoad, usePages } from '../../ui.ts'
import { can } from '../../who.ts'
import { Party } from '../audit/party.tsx'
import { Factors, Identities, Logins, Tokens } from './access.tsx'
import { DangerousActions } from './actions.tsx'
import { Invitation } from './invite.tsx'
import { useOwnId } from './list.tsx'
import { Claims, Profile } from './profile.tsx'
import { Scopes } from './scopes.tsx'

const t = { ...texts.common, ...texts.audit.fields, ...texts.accounts }

/** One account, in the order in which support needs it. */
export function AccountPage({ id }: { id: string }) {
  const at = { params: { path: { id } } }
  const { ownId } = useOwnId()
  const isOwn = ownId === id
  const account = useLoad(() => versioned(api.GET('/users/{id}', at)))
  const logins = useLoad(() => ok(api.GET('/users/{id}/sessions', at)))
  const factors = useLoad(() => ok(api.GET('/users/{id}/factors', at)))
  const tokens = useLoad(() => ok(api.GET('/users/{id}/tokens', at)))
  const identities = useLoad(() => ok(api.GET('/users/{id}/identities', at)))
  const events = usePages(async page => {
    if (!can('audit:read')) return { items: [], next_cursor: null }
    return await ok(api.GET('/audit', { params: { query: { subject: id, limit: 8, ...page } } }))
  })
  const reload = () => Promise.all([account, logins, factors, tokens, identities, events].map(load => load.reload()))

  // The server answers 400 to a text that cannot be an id.
  if (account.error instanceof ProblemError && [400, 404].includes(account.error.status))
    return (
      <Page title={t.unknownTitle} actions={<Link href="">{t.allAccounts}</Link>}>
        <p>{t.unknown}</p>
      </Page>
    )
  const named = { tokens: tokens.value?.items, logins: logins.value?.items }
  // Until the tokens are known, the account may have some.
  const warnings = [...(isOwn ? [t.disableOwn] : []), ...(tokens.value?.items.length === 0 ? [] : [t.disableDeletes])]
  return (
    <Page title={account.value?.value.username ?? t.account}>
      <Link href="">{t.allAccounts}</Link>
      {isOwn && (
        <p>
          {t.own} <Link href={`~${consolePath}/account`}>{texts.account.title}</Link>.
        </p>
      )}
      <Loaded load={account}>
        {({ value: account, version }) => (
          <>
            <Profile account={account} reload={reload} />
            {account.invited_at && <Invitation account={account} reload={reload} />}
            <Logins account={account} load={logins} reload={reload} />
            {can('audit:read') && (
              <Section
                title={texts.account.tabs.activity}
                actions={<Link href={`~${consolePath}/audit?subject=${id}`}>{t.inAudit}</Link>}
              >
                <List
                  pages={events}
                  label={texts.account.tabs.activity}
                  by="seq"
                  empty={t.noActivity}
                  columns={[
                    [t.at, ({ at }) => <Time at={at} />],
                    [t.action, event => <EventText event={event} {...named} />],
                    [t.actor, event => actorOf(event, account, ownId)],
                    [t.client_id, ({ client_id }) => <Party id={client_id} />],
                    [t.ip, ({ ip }) => ip]
                  ]}
                />
              </Section>
            )}
            <Factors account={account} load={factors} reload={reload} />
            <Tokens account={account} load={tokens} reload={reload} />
            <Identities account={account} load={identities} reload={reload} />
            <Claims account={account} version={version} reload={reload} />
            <Scopes key={account.scopes.join(' ')} account={account} reload={reload} />
            {can('users:write') && <DangerousActions {...{ account, warnings, reload }} />}
          </>
        )}
      </Loaded>
    </Page>
  )
}

function actorOf({ actor }: AuditEvent, account: User, ownId: string | undefined) {
  if (actor === null) return t.notSignedIn
  if (actor === ownId) return t.you
  if (actor === account.id) return t.byOwner
  return <Party id={actor} />
}
