import { Activity } from './account/activity.tsx'
import { Logins } from './account/logins.tsx'
import { Password } from './account/password.tsx'
import { Profile } from './account/profile.tsx'
import { Security } from './account/security.tsx'
import { Tokens } from './account/tokens.tsx'
import { NotFound } from './not-found.tsx'

/** The pages about the account of the signed-in user. `tab` is the end of the address. */
export function Account({ tab = '' }: { tab: string | undefined }) {
  switch (tab) {
    case '':
      return <Profile />
    case 'password':
      return <Password />
    case 'security':
      return <Security />
    case 'tokens':
      return <Tokens />
    case 'logins':
      return <Logins />
    case 'activity':
      return <Activity />
    default:
      return <NotFound />
  }
}
