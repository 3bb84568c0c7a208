import { Link, Route, Switch } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { texts } from '../texts.ts'
import { Loaded, NotFound, Page, Table, useLive } from '../ui.ts'
import { can } from '../who.ts'
import { hostOf } from './webhooks/changes.ts'
import { WebhookForm } from './webhooks/form.tsx'
import { Events, everyMs, Failure, Reached, WebhookPage, WebhookState } from './webhooks/webhook.tsx'

const t = { ...texts.common, ...texts.webhooks }

/** The pages of webhooks. */
export const Webhooks = () => (
  <Switch>
    <Route path="/" component={WebhookList} />
    <Route path="/new">
      <WebhookForm />
    </Route>
    <Route path="/:id">{({ id }) => <WebhookPage key={id} id={id} />}</Route>
    <Route path="/:id/edit">{({ id }) => <WebhookForm key={id} id={id} />}</Route>
    <Route component={NotFound} />
  </Switch>
)

/** The webhooks, the oldest first. */
function WebhookList() {
  const load = useLive(() => ok(api.GET('/webhooks')), everyMs)
  const create = can('audit:read') && (
    <Link href="/new" class="button main">
      {t.create}
    </Link>
  )
  return (
    <Page title={t.title} actions={create}>
      <p>{t.hint}</p>
      <Loaded load={load}>
        {({ items }) => (
          <Table
            label={t.title}
            items={items}
            by="id"
            empty={t.empty}
            columns={[
              [t.receiver, webhook => <Link href={`/${webhook.id}`}>{hostOf(webhook)}</Link>, 'top'],
              [t.events, webhook => <Events of={webhook} />, 'below'],
              [
                t.state,
                webhook => (
                  <>
                    <WebhookState of={webhook} />
                    <Failure of={webhook} />
                  </>
                ),
                'top'
              ],
              [t.reached, webhook => <Reached of={webhook} />]
            ]}
          />
        )}
      </Loaded>
    </Page>
  )
}
