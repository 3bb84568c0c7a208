import { NotFound } from '../ui.ts'
import { mustEnrol } from '../who.ts'
import { Activity, Logins } from './account/logins.tsx'
import { Password } from './account/password.tsx'
import { Profile } from './account/profile.tsx'
import { Security } from './account/security.tsx'
import { TabPage } from './account/tab-page.tsx'
import { Tokens } from './account/tokens.tsx'

const pages = { profile: Profile, password: Password, tokens: Tokens, logins: Logins, activity: Activity }
const isPage = (tab: string): tab is keyof typeof pages => Object.hasOwn(pages, tab)

/** The pages about the account of the signed-in user. `tab` is the end of the address. */
export function Account({ tab = 'profile' }: { tab: string | undefined }) {
  if (tab === 'security' || mustEnrol.value) return <Security />
  if (!isPage(tab)) return <NotFound />
  const Content = pages[tab]
  return (
    <TabPage key={tab} tab={tab}>
      <Content />
    </TabPage>
  )
}
