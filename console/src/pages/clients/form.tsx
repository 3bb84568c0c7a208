import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { api, type Client, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Check, Checks, Field, Form, Loaded, type NewSecret, notify, Page, useLoad, type Values } from '../../ui.ts'
import { can } from '../../who.ts'
import { changesOf, grants, membersOf } from './changes.ts'
import { explainedGrant, explainedScope } from './words.tsx'

const t = { ...texts.common, ...texts.clients }
const types = ['public', 'confidential'] as const

/** The usual client: an app that signs users in. */
const usual = { name: '', grants: ['password', 'refresh_token'], scopes: ['me'], dpop_bound_access_tokens: false }

/** The form that registers a client. */
export function NewClient({ onSecret }: { onSecret: (secret: NewSecret) => void }) {
  const [, navigate] = useLocation()
  const [type, setType] = useState<Client['type']>('public')
  async function register(values: Values) {
    const body = { ...membersOf(values), confidential: type === 'confidential' }
    const { client_id, client_secret, name } = await ok(api.POST('/clients', { body }))
    navigate(`/${client_id}`)
    const done = t.registered(name)
    if (client_secret) onSecret({ title: t.secretOf(name), hint: t.secretOnce, secret: client_secret, done })
    else notify(done)
  }
  return (
    <Page title={t.register}>
      <ClientForm read={async () => usual} type={type} submit={t.register} back="" send={register}>
        <fieldset>
          <legend>{t.type}</legend>
          {types.map(each => (
            <label key={each} class="check">
              <input type="radio" name="type" checked={type === each} onChange={() => setType(each)} />
              <span>
                {t.types[each].label}: {t.types[each].hint}
              </span>
            </label>
          ))}
        </fieldset>
      </ClientForm>
    </Page>
  )
}

/** The form that changes a client. */
export function EditClient({ id }: { id: string }) {
  const [, navigate] = useLocation()
  const [name, setName] = useState<string>()
  async function read() {
    const client = await ok(api.GET('/clients/{id}', { params: { path: { id } } }))
    setName(client.name)
    return client
  }
  async function save(values: Values, client: Fields) {
    const body = changesOf(client, membersOf(values))
    const hasChanged = Object.keys(body).length > 0
    if (hasChanged) await ok(api.PATCH('/clients/{id}', { params: { path: { id } }, body }))
    navigate(`/${id}`)
    notify(hasChanged ? t.saved(body.name ?? client.name) : t.unchanged)
  }
  return (
    <Page title={name === undefined ? t.client : t.editTitle(name)}>
      <ClientForm read={read} submit={t.save} back={`/${id}`} send={save}>
        <p>{t.grantsEndSessions}</p>
      </ClientForm>
    </Page>
  )
}

type Fields = Pick<Client, 'name' | 'grants' | 'scopes' | 'dpop_bound_access_tokens'> & { type?: Client['type'] }

/** The fields of the client that `read` finds, which has this `type` unless it has one. */
function ClientForm(props: {
  read: () => Promise<Fields>
  type?: Client['type']
  submit: string
  back: string
  send: (values: Values, client: Fields) => Promise<unknown>
  children: ComponentChildren
}) {
  const { read, type, submit, back, send, children } = props
  const [, navigate] = useLocation()
  const mayWrite = can('clients:write')
  // Without the scopes of the server, a client that is sent would have none.
  const load = useLoad(async () => ({
    client: await read(),
    known: (await ok(api.GET('/.well-known/oauth-authorization-server'))).scopes_supported
  }))
  if (!mayWrite) return <p>{t.mayNotWrite}</p>
  return (
    <Loaded load={load}>
      {({ client, known }) => (
        <Form submit={submit} onCancel={() => navigate(back)} onSubmit={values => send(values, client)}>
          {children}
          <Field name="name" label={t.name} hint={t.nameHint} defaultValue={client.name} maxLength={64} required />
          <Checks
            name="grants"
            label={t.grants}
            hint={t.grantsHint}
            options={grants
              .filter(grant => grant !== 'client_credentials' || (client.type ?? type) === 'confidential')
              .map(grant => [grant, explainedGrant(grant)])}
            values={client.grants}
          />
          <Checks
            name="scopes"
            label={t.scopes}
            hint={t.scopesHint}
            options={[...new Set([...client.scopes, ...known.filter(can)])].map(scope => [
              scope,
              explainedScope(scope)
            ])}
            values={client.scopes}
          />
          <fieldset>
            <legend>{t.bound}</legend>
            <Check
              name="dpop_bound_access_tokens"
              label={t.boundHint}
              defaultChecked={client.dpop_bound_access_tokens}
            />
          </fieldset>
        </Form>
      )}
    </Loaded>
  )
}
