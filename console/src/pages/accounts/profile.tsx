import type { User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Copy } from '../../ui/action.tsx'
import { Facts, Section, Time } from '../../ui/page.tsx'
import { Email, State } from './badges.tsx'

const t = { ...texts.common, ...texts.accounts }

/** The state of an account, and the profile that its owner entered. */
export const Profile = ({ account }: { account: User }) => (
  <Section title={texts.account.tabs.profile}>
    <Facts
      items={[
        [t.state, <State key="state" account={account} />],
        [
          t.id,
          <span key="id" class="copied">
            <code>{account.id}</code> <Copy text={account.id} about={t.id} />
          </span>
        ],
        [t.fullName, account.full_name],
        [t.email, account.email && <Email key="email" account={account} />],
        ...(account.pending_email === null ? [] : [[t.pendingEmail, account.pending_email] as [string, string]]),
        [t.created, <Time key="created" at={account.created_at} />],
        [t.changed, <Time key="changed" at={account.updated_at} />]
      ]}
    />
  </Section>
)
