import type { ComponentChildren } from 'preact'
import { Link, useLocation } from 'wouter-preact'
import { api, type Client, ok } from '../../api.ts'
import { textFor, texts } from '../../texts.ts'
import { Badge, Facts, Page, Section, Time } from '../../ui/page.tsx'
import { Action, Copied, Deletion, Loaded, notify, showSecret, useLoad } from '../../ui.ts'
import { can } from '../../who.ts'
import { privilegedOf } from './changes.ts'

const t = { ...texts.common, ...texts.clients }

/** One client, and the actions on it. */
export function ClientPage({ id }: { id: string }) {
  const [, navigate] = useLocation()
  const at = { params: { path: { id } } }
  const load = useLoad(() => ok(api.GET('/clients/{id}', at)))
  const client = load.value
  const mayWrite = can('clients:write')
  async function rotate(name: string) {
    const { client_secret } = await ok(api.POST('/clients/{id}/secret', at))
    showSecret({ title: t.secretOf(name), hint: t.secretOnce, secret: client_secret, done: t.rotated(name) })
  }
  async function remove(name: string) {
    await ok(api.DELETE('/clients/{id}', at))
    navigate('')
    notify(t.deleted(name))
  }
  const actions = client && mayWrite && (
    <>
      <Link href={`/${id}/edit`} class="button">
        {t.edit}
      </Link>
      <Activation client={client} onChange={load.set} />
    </>
  )
  return (
    <Page title={client?.name ?? texts.audit.fields.client_id} actions={actions}>
      <Loaded load={load}>
        {found => (
          <>
            <About client={found} />
            {mayWrite && found.type === 'confidential' && (
              <Section title={t.secret} hint={t.secretHint}>
                <Action label={t.rotate} confirm={t.rotateConfirm} isDangerous run={() => rotate(found.name)} />
              </Section>
            )}
            {mayWrite && (
              <Section title={t.deleteTitle} hint={t.deleteHint}>
                <Deletion
                  name={found.name}
                  confirm={t.deleteConfirm(found.name)}
                  label={t.deleteTyped}
                  hint={found.name}
                  remove={() => remove(found.name)}
                />
              </Section>
            )}
          </>
        )}
      </Loaded>
    </Page>
  )
}

/** Disables a client, or enables it again. */
function Activation({ client, onChange }: { client: Client; onChange: (client: Client) => void }) {
  const { name, client_id: id, disabled } = client
  const change = async (to: boolean) =>
    onChange(await ok(api.PATCH('/clients/{id}', { params: { path: { id } }, body: { disabled: to } })))
  async function toggle() {
    await change(!disabled)
    notify(disabled ? t.enabledNow(name) : t.wasDisabled(name), () => change(disabled))
  }
  return disabled ? (
    <Action key="enable" label={t.enable} run={toggle} />
  ) : (
    <Action key="disable" label={t.disable} confirm={t.disableConfirm} isDangerous run={toggle} />
  )
}

function About({ client }: { client: Client }) {
  const { client_id, type, grants, scopes, dpop_bound_access_tokens: bound, event_details } = client
  const privileged = privilegedOf(scopes, texts.scopes).join(', ')
  const actsForItself = grants.includes('client_credentials')
  return (
    <Section title={t.about}>
      <Facts
        items={[
          [t.clientId, <Copied text={client_id} about={t.clientId} />],
          [t.type, `${t.types[type].label}: ${t.types[type].hint}`],
          [t.state, <ClientState client={client} />],
          [t.grants, <Names names={grants} explain={explainedGrant} />],
          [t.scopes, <Names names={scopes} explain={explainedScope} />],
          [t.bound, t.isBound[`${bound}`]],
          [t.eventDetails, t.hasEventDetails[`${event_details}`]],
          [t.created, <Time at={client.created_at} />],
          [t.changed, <Time at={client.updated_at} />]
        ]}
      />
      {privileged && (
        <p class="warning">{actsForItself ? t.privilegedByItself(privileged) : t.privilegedByUsers(privileged)}</p>
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

/** A name of the protocol, and what it means. */
const explained = (name: string, meaning: string) => (
  <>
    <code>{name}</code>: {meaning}
  </>
)

/** The name of a grant; a short one for a grant whose name is a URN. */
export const grantName = (grant: string) => textFor(t.nameOfGrant, grant) ?? grant
export const explainedGrant = (grant: string) => explained(grantName(grant), textFor(t.meaningOfGrant, grant) ?? '')
export const explainedScope = (scope: string) => explained(scope, textFor(texts.scopes, scope) ?? t.ownScope)

/** Whether the client gets tokens. */
export const ClientState = ({ client: { disabled } }: { client: Client }) => (
  <Badge kind={disabled ? 'bad' : 'good'}>{disabled ? t.disabled : t.enabled}</Badge>
)
