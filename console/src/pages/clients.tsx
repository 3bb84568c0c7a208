import { Link, Route, Switch } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { texts } from '../texts.ts'
import { Badge, List, NotFound, Page, usePages } from '../ui.ts'
import { can } from '../who.ts'
import { ClientPage, ClientState, grantName } from './clients/client.tsx'
import { ClientForm } from './clients/form.tsx'

const t = { ...texts.common, ...texts.clients }

/** The pages of clients. */
export const Clients = () => (
  <Switch>
    <Route path="/" component={ClientList} />
    <Route path="/new">
      <ClientForm />
    </Route>
    <Route path="/:id">{({ id }) => <ClientPage key={id} id={id} />}</Route>
    <Route path="/:id/edit">{({ id }) => <ClientForm key={id} id={id} />}</Route>
    <Route component={NotFound} />
  </Switch>
)

/** The registered clients. */
function ClientList() {
  const pages = usePages(page => ok(api.GET('/clients', { params: { query: page } })))
  const register = can('clients:write') && (
    <Link href="/new" class="button main">
      {t.register}
    </Link>
  )
  return (
    <Page title={t.title} actions={register}>
      <List
        pages={pages}
        label={t.title}
        by="client_id"
        empty={t.empty}
        columns={[
          [t.name, ({ client_id, name }) => <Link href={`/${client_id}`}>{name}</Link>, 'top'],
          [t.clientId, ({ client_id }) => <code>{client_id}</code>, 'below'],
          [t.type, ({ type }) => <Badge>{t.types[type].label}</Badge>, 'top'],
          [t.grants, ({ grants }) => grants.map(grantName).join(', ')],
          [t.state, client => <ClientState client={client} />, 'top']
        ]}
      />
    </Page>
  )
}
