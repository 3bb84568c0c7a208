import { useState } from 'preact/hooks'
import { useLocation, useSearch } from 'wouter-preact'
import { api, type Client, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Check, Checks, Field, Form, Loaded, notify, Page, showSecret, useLoad, type Values } from '../../ui.ts'
import { can } from '../../who.ts'
import { changesOf, grants, membersOf } from './changes.ts'
import { explainedGrant, explainedScope } from './client.tsx'
import { presetOf } from './presets.ts'

const t = { ...texts.common, ...texts.clients }
const types = ['public', 'confidential'] as const

type Fields = Pick<Client, 'name' | 'grants' | 'scopes' | 'dpop_bound_access_tokens' | 'event_details'>

/** The form that registers a client, which the query of the address may preset, or, with `id`, changes one. */
export function ClientForm({ id }: { id?: string }) {
  const [, navigate] = useLocation()
  const preset = presetOf(useSearch())
  const [type, setType] = useState<Client['type']>(preset.type)
  // Without the scopes of the server, a client that is sent would have none.
  const load = useLoad(async () => {
    const client = id === undefined ? undefined : await ok(api.GET('/clients/{id}', { params: { path: { id } } }))
    if (client) setType(client.type)
    const { scopes_supported } = await ok(api.GET('/.well-known/oauth-authorization-server'))
    const usual = { ...preset, scopes: preset.scopes.filter(can), name: '', event_details: false }
    return { client: client ?? usual, known: scopes_supported }
  })
  async function register(values: Values) {
    const body = { ...membersOf(values), confidential: type === 'confidential' }
    const { client_id, client_secret, name } = await ok(api.POST('/clients', { body }))
    navigate(`/${client_id}`)
    const done = t.registered(name)
    if (client_secret) showSecret({ title: t.secretOf(name), hint: t.secretOnce, secret: client_secret, done })
    else notify(done)
  }
  async function save(id: string, client: Fields, values: Values) {
    const body = changesOf(client, membersOf(values))
    const hasChanged = Object.keys(body).length > 0
    if (hasChanged) await ok(api.PATCH('/clients/{id}', { params: { path: { id } }, body }))
    navigate(`/${id}`)
    notify(hasChanged ? t.saved(body.name ?? client.name) : t.unchanged)
  }
  const name = load.value?.client.name
  const mayWrite = can('clients:write')
  return (
    <Page title={id === undefined ? t.register : name ? t.editTitle(name) : texts.audit.fields.client_id}>
      {!mayWrite && <p>{t.mayNotWrite}</p>}
      {mayWrite && (
        <Loaded load={load}>
          {({ client, known }) => (
            <Form
              submit={id === undefined ? t.register : t.save}
              onCancel={() => navigate(id === undefined ? '' : `/${id}`)}
              onSubmit={values => (id === undefined ? register(values) : save(id, client, values))}
            >
              {id === undefined ? <TypeChoice type={type} onChange={setType} /> : <p>{t.grantsEndSessions}</p>}
              <Field name="name" label={t.name} hint={t.nameHint} defaultValue={client.name} maxLength={64} required />
              <Checks
                name="grants"
                label={t.grants}
                hint={t.grantsHint}
                options={grants
                  .filter(grant => grant !== 'client_credentials' || type === 'confidential')
                  .map(grant => [grant, explainedGrant(grant)])}
                values={client.grants}
              />
              <Checks
                name="scopes"
                label={t.scopes}
                hint={t.scopesHint}
                options={[...new Set([...client.scopes, ...known.filter(can)])].map(it => [it, explainedScope(it)])}
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
              {(client.event_details || can('audit:read')) && (
                <fieldset>
                  <legend>{t.eventDetails}</legend>
                  <Check name="event_details" label={t.eventDetailsHint} defaultChecked={client.event_details} />
                </fieldset>
              )}
            </Form>
          )}
        </Loaded>
      )}
    </Page>
  )
}

const TypeChoice = ({ type, onChange }: { type: Client['type']; onChange: (type: Client['type']) => void }) => (
  <fieldset>
    <legend>{t.type}</legend>
    {types.map(each => (
      <label key={each} class="check">
        <input type="radio" name="type" checked={type === each} onChange={() => onChange(each)} />
        <span>
          {t.types[each].label}: {t.types[each].hint}
        </span>
      </label>
    ))}
  </fieldset>
)
