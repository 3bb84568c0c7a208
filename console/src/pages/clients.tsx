import { useState } from 'preact/hooks'
import { Route, Switch } from 'wouter-preact'
import { type NewSecret, SecretDialog } from '../ui/secret-dialog.tsx'
import { ClientPage } from './clients/client.tsx'
import { EditClient, NewClient } from './clients/form.tsx'
import { ClientList } from './clients/list.tsx'
import { NotFound } from './not-found.tsx'

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
