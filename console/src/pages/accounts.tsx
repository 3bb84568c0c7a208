import { Route, Switch } from 'wouter-preact'
import { AccountPage } from './accounts/account-page.tsx'
import { Invite } from './accounts/invite.tsx'
import { AccountList } from './accounts/list.tsx'
import { NewAccount } from './accounts/new.tsx'
import { NotFound } from './not-found.tsx'

/** The pages about the accounts of all users. */
export const Accounts = () => (
  <Switch>
    <Route path="/" component={AccountList} />
    <Route path="/new" component={NewAccount} />
    <Route path="/invite" component={Invite} />
    <Route path="/:id">{({ id }) => <AccountPage key={id} id={id} />}</Route>
    <Route component={NotFound} />
  </Switch>
)
