import { useState } from 'preact/hooks'
import { Route, Switch } from 'wouter-preact'
import { type NewSecret, NotFound, SecretDialog } from '../ui.ts'
import { AccountPage } from './accounts/account-page.tsx'
import { NewAccount } from './accounts/invite.tsx'
import { AccountList } from './accounts/list.tsx'

/** The pages about the accounts of all users, and the dialog that shows the link of an invitation over them. */
export function Accounts() {
  const [link, setLink] = useState<NewSecret>()
  return (
    <>
      <Switch>
        <Route path="/" component={AccountList} />
        <Route path="/new">
          <NewAccount />
        </Route>
        <Route path="/invite">
          <NewAccount onLink={setLink} />
        </Route>
        <Route path="/:id">{({ id }) => <AccountPage key={id} id={id} onLink={setLink} />}</Route>
        <Route component={NotFound} />
      </Switch>
      {link && <SecretDialog {...link} onSaved={() => setLink(undefined)} />}
    </>
  )
}
