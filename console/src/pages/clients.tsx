import { useState } from 'preact/hooks'
import { Link, Route, Switch } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { texts } from '../texts.ts'
import { Badge, List, type NewSecret, NotFound, Page, SecretDialog, usePages } from '../ui.ts'
import { can } from '../who.ts'
import { ClientPage } from './clients/client.tsx'
import { EditClient, NewClient } from './clients/form.tsx'
import { ClientState, grantName } from './clients/words.tsx'

/** The pages of clients, and the dialog that shows a new secret over them. */
export function Clients() {
  const [secret, setSecret] = useState<NewSecret>()
  return (
    <>
      <Switch>
        <Route path="/" component={ClientList} />
        <Route path="/new">
          <NewClient onSecret={setSecret} />
        </Route>
        <Route path="/:id">{({ id }) => <ClientPage key={id} id={id} onSecret={setSecret} />}</Route>
        <Route path="/:id/edit">{({ id }) => <EditClient id={id} />}</Route>
        <Route component={NotFound} />
      </Switch>
      {secret && <SecretDialog {...secret} onSaved={() => setSecret(undefined)} />}
    </>
  )
}

const t = { ...texts.common, ...texts.clients }

/** The registered clients. */
export function ClientList() {
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
          [t.name, ({ client_id, name }) => <Link href={`/${client_id}`}>{name}</Link>],
          [t.clientId, ({ client_id }) => <code>{client_id}</code>],
          [t.type, ({ type }) => <Badge>{t.types[type].label}</Badge>],
          [t.grants, ({ grants }) => grants.map(grantName).join(', ')],
          [t.state, client => <ClientState client={client} />]
        ]}
      />
    </Page>
  )
}
