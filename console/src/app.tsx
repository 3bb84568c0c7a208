import { Fragment } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Redirect, Route, Router, Switch, useLocation } from 'wouter-preact'
import { SetUp } from './pages/set-up.tsx'
import { Forgotten, forgottenPath, SignIn, SignInForm } from './pages/sign-in.tsx'
import { consolePath } from './place.ts'
import { Shell } from './shell.tsx'
import { site } from './site.ts'
import { texts } from './texts.ts'
import { Dialog, later, NotFound, ProveDialog, SecretDialog } from './ui.ts'
import { can, former, isKnown, logOut, mustEnrol, user } from './who.ts'

const Account = later(async () => (await import('./pages/account.tsx')).Account)
const Accounts = later(async () => (await import('./pages/accounts.tsx')).Accounts)
const Audit = later(async () => (await import('./pages/audit.tsx')).Audit)
const Clients = later(async () => (await import('./pages/clients.tsx')).Clients)
const Keys = later(async () => (await import('./pages/keys.tsx')).Keys)
const Overview = later(async () => (await import('./pages/overview.tsx')).Overview)
const Search = later(async () => (await import('./pages/search.tsx')).Search)
const Webhooks = later(async () => (await import('./pages/webhooks.tsx')).Webhooks)

/** The console: the page of the address for a signed-in user, and otherwise the form to sign in. */
export function App({ setupToken }: { setupToken: string | undefined }) {
  const [token, setToken] = useState(setupToken)
  const shown = user.value ?? former.value
  return (
    <Router base={consolePath}>
      {/* Nothing is readable for another person, and nothing that was typed is lost. */}
      <div class={former.value && 'unread'}>
        <Shell>
          {isKnown.value &&
            !shown &&
            (token ? <SetUp token={token} onDone={() => setToken(undefined)} /> : <Welcome />)}
          {shown && (
            <Fragment key={shown.username}>
              <Pages />
              <SecretDialog />
            </Fragment>
          )}
        </Shell>
      </div>
      {former.value && <SignInAgain username={former.value.username} />}
      <ProveDialog />
    </Router>
  )
}

/** The dialog over a page whose login has ended, which then also has no title that says what it is about. */
function SignInAgain({ username }: { username: string }) {
  useEffect(() => {
    const { title } = document
    document.title = `${texts.signIn.again} · ${site}`
    return () => {
      document.title = title
    }
  }, [])
  return (
    <Dialog title={texts.signIn.again} onClose={logOut}>
      <p>{texts.signIn.againHint}</p>
      <SignInForm username={username} />
    </Dialog>
  )
}

const Welcome = () => (useLocation()[0] === forgottenPath ? <Forgotten /> : <SignIn />)

function Pages() {
  const [path] = useLocation()
  if (mustEnrol.value) return <Account tab="security" />
  if (path === '/' || path === forgottenPath)
    return <Redirect to={can('audit:read') ? '/overview' : '/account'} replace />
  return (
    <Switch>
      <Route path="/account/:tab?">{({ tab }) => <Account tab={tab} />}</Route>
      <Route path="/overview" component={Overview} />
      <Route path="/accounts" nest component={Accounts} />
      <Route path="/clients" nest component={Clients} />
      <Route path="/audit" component={Audit} />
      <Route path="/keys" component={Keys} />
      <Route path="/webhooks" nest component={Webhooks} />
      <Route path="/search" component={Search} />
      <Route component={NotFound} />
    </Switch>
  )
}
