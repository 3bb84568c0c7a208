import { Route, Switch } from 'wouter-preact'
import { NotFound } from '../ui.ts'
import { AccountPage } from './accounts/account-page.tsx'
import { NewAccount } from './accounts/invite.tsx'
import { AccountList } from './accounts/list.tsx'

/** The pages about the accounts of all users. */
export const Accounts = () => (
  <Switch>
    <Route path="/" component={AccountList} />
    <Route path="/new">
      <NewAccount key="new" />
    </Route>
    <Route path="/invite">
      <NewAccount key="invite" isInvited />
    </Route>
    <Route path="/:id">{({ id }) => <AccountPage key={id} id={id} />}</Route>
    <Route component={NotFound} />
  </Switch>
)
