import type { ComponentChildren } from 'preact'
import { api, type Client, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Copy } from '../../ui/action.tsx'
import { Loaded, useLoad } from '../../ui/loading.tsx'
import { Facts, Page, Section, Time } from '../../ui/page.tsx'
import type { NewSecret } from '../../ui/secret-dialog.tsx'
import { can } from '../../who.ts'
import { Activation, Deletion, EditLink, Secret } from './actions.tsx'
import { privilegedOf } from './changes.ts'
import { explainedGrant, explainedScope } from './fields.tsx'
import { ClientState } from './state.tsx'

const t = { ...texts.common, ...texts.clients }

/** One client, and the actions on it. */
export function ClientPage({ id, onSecret }: { id: string; onSecret: (secret: NewSecret) => void }) {
  const load = useLoad(() => ok(api.GET('/clients/{id}', { params: { path: { id } } })))
  const client = load.value
  const mayWrite = can('clients:write')
  return (
    <Page
      title={client?.name ?? t.client}
      actions={
        client &&
        mayWrite && (
          <>
            <EditLink client={client} />
            <Activation client={client} onChange={load.set} />
          </>
        )
      }
    >
      <Loaded load={load}>
        {found => (
          <>
            <About client={found} />
            {mayWrite && found.type === 'confidential' && <Secret client={found} onSecret={onSecret} />}
            {mayWrite && <Deletion client={found} />}
          </>
        )}
      </Loaded>
    </Page>
  )
}

function About({ client }: { client: Client }) {
  const { client_id, type, grants, scopes, dpop_bound_access_tokens: bound } = client
  const privileged = privilegedOf(scopes, texts.scopes)
  const actsForItself = grants.includes('client_credentials')
  return (
    <Section title={t.about}>
      <Facts
        items={[
          [
            t.clientId,
            <>
              <code>{client_id}</code> <Copy text={client_id} about={t.clientId} />
            </>
          ],
          [t.type, `${t.types[type].label}: ${t.types[type].hint}`],
          [t.state, <ClientState client={client} />],
          [t.grants, <Names names={grants} explain={explainedGrant} />],
          [t.scopes, <Names names={scopes} explain={explainedScope} />],
          [t.bound, t.isBound[`${bound}`]],
          [t.created, <Time at={client.created_at} />],
          [t.changed, <Time at={client.updated_at} />]
        ]}
      />
      {privileged.length > 0 && (
        <p class="warning">
          {actsForItself ? t.privilegedByItself(privileged.join(', ')) : t.privilegedByUsers(privileged.join(', '))}
        </p>
      )}
    </Section>
  )
}

const Names = ({ names, explain }: { names: string[]; explain: (name: string) => ComponentChildren }) => (
  <ul class="plain">
    {names.map(name => (
      <li key={name}>{explain(name)}</li>
    ))}
  </ul>
)
