import { api, ifMatch, type User, versioned } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Badge, Copied, Facts, JsonEditor, JsonSection, Section, Time } from '../../ui.ts'
import { can } from '../../who.ts'
import { Correction } from './correction.tsx'

const t = { ...texts.common, ...texts.accounts }

/** The state of an account, and its profile, which administrators may correct. */
export const Profile = ({ account, reload }: { account: User; reload: () => Promise<unknown> }) => (
  <Section
    title={texts.account.tabs.profile}
    actions={can('users:write') && <Correction account={account} reload={reload} />}
  >
    <Facts
      items={[
        [t.state, <AccountState key="state" account={account} />],
        [t.id, <Copied key="id" text={account.id} about={t.id} />],
        [t.fullName, account.full_name],
        [t.email, account.email && <Email key="email" account={account} />],
        [texts.account.profile.pending, account.pending_email],
        [t.created, <Time key="created" at={account.created_at} />],
        [t.changed, <Time key="changed" at={account.updated_at} />]
      ]}
    />
  </Section>
)

/** Whether the account can log in: an invited one has no password yet. */
export const AccountState = ({ account: { disabled, invited_at } }: { account: User }) => (
  <>
    {(disabled || !invited_at) && <Badge kind={disabled ? 'bad' : 'good'}>{disabled ? t.disabled : t.enabled}</Badge>}{' '}
    {invited_at && <Badge>{t.invited}</Badge>}
  </>
)

/** The address of an account, and whether its owner has confirmed it. */
export const Email = ({ account: { email, email_verified } }: { account: User }) =>
  email === null ? null : (
    <>
      {email} <Badge kind={email_verified ? 'good' : 'plain'}>{email_verified ? t.verified : t.notVerified}</Badge>
    </>
  )

/** The claims of an account, to change them, and its data, if it has any, which only its owner changes. */
export function Claims(props: { account: User; version: string | undefined; reload: () => Promise<unknown> }) {
  const { account, version, reload } = props
  const { id, username, claims, data } = account
  const about = { title: t.claims, hint: t.claimsHint }
  return (
    <>
      {can('users:write') ? (
        <JsonEditor
          {...about}
          name="claims"
          stored={{ value: claims, version }}
          submit={t.saveClaims}
          saved={t.savedClaims(username)}
          reload={reload}
          write={async (patch, seen) => {
            const params = { path: { id }, header: ifMatch(seen) }
            const changed = await versioned(api.PATCH('/users/{id}', { params, body: { claims: patch } }))
            await reload()
            return { value: changed.value.claims, version: changed.version }
          }}
        />
      ) : (
        <JsonSection {...about} value={claims} empty={t.noClaims} />
      )}
      <JsonSection title={t.data} hint={t.dataHint} value={data} />
    </>
  )
}
