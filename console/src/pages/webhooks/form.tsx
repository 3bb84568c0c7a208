import { useLocation } from 'wouter-preact'
import { api, ok, type Webhook } from '../../api.ts'
import { texts } from '../../texts.ts'
import { asTyped, Check, Field, Form, Loaded, notify, Page, showSecret, useLoad, type Values } from '../../ui.ts'
import { can } from '../../who.ts'
import { changesOf, hostOf, membersOf } from './changes.ts'
import { webhookOf } from './webhook.tsx'

const t = { ...texts.common, ...texts.webhooks }

/** The form that creates a webhook or, with `id`, changes one. */
export function WebhookForm({ id }: { id?: string }) {
  const [, navigate] = useLocation()
  const load = useLoad(async () => (id === undefined ? undefined : await webhookOf(id)) ?? null)
  const webhook = load.value
  async function create(values: Values) {
    const { secret, ...created } = await ok(api.POST('/webhooks', { body: membersOf(values) }))
    navigate(`/${created.id}`)
    const host = hostOf(created)
    showSecret({ title: t.secretOf(host), hint: t.secretOnce, secret, done: t.createdNow(host) })
  }
  async function save(former: Webhook, values: Values) {
    const [asked, { id }] = [membersOf(values), former]
    const body = changesOf(former, asked)
    const hasChanged = Object.keys(body).length > 0
    if (hasChanged) await ok(api.PATCH('/webhooks/{id}', { params: { path: { id } }, body }))
    navigate(`/${id}`)
    notify(hasChanged ? t.savedNow(hostOf(asked)) : texts.clients.unchanged)
  }
  return (
    <Page title={id === undefined ? t.create : webhook ? t.editTitle(hostOf(webhook)) : t.webhook}>
      {!can('audit:read') && <p>{t.needsAudit}</p>}
      {can('audit:read') && (
        <Loaded load={load}>
          {former => (
            <Form
              submit={former ? t.save : t.create}
              onCancel={() => navigate(former ? `/${former.id}` : '')}
              onSubmit={values => (former ? save(former, values) : create(values))}
            >
              <Field
                {...asTyped}
                {...{ name: 'url', type: 'url', label: t.url, hint: t.urlHint, maxLength: 2000 }}
                defaultValue={former?.url ?? ''}
                required
              />
              <Field
                {...asTyped}
                {...{ name: 'events', label: t.events, hint: t.eventsHint }}
                defaultValue={former?.events.join(', ') ?? ''}
                required
              />
              <fieldset>
                <legend>{t.details}</legend>
                <Check name="details" label={t.detailsHint} defaultChecked={former?.details ?? false} />
              </fieldset>
            </Form>
          )}
        </Loaded>
      )}
    </Page>
  )
}
