import { api, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action } from '../../ui/action.tsx'
import { notify } from '../../ui/notices.tsx'
import { Facts, Section, Time } from '../../ui/page.tsx'
import { can } from '../../who.ts'

const t = texts.accounts

/** The invitation of an account whose owner has not chosen a password yet, to send it again. */
export function Invitation({ account, reload }: { account: User; reload: () => Promise<unknown> }) {
  const { id, invited_at } = account
  const email = String(account.email)
  async function repeat() {
    // The owner may have chosen a password since.
    await ok(api.POST('/users/{id}/invitation', { params: { path: { id } } })).finally(reload)
    notify(t.invitedAgain(email))
  }
  return (
    <Section title={t.invitation} actions={can('users:write') && <Action label={t.inviteAgain} run={repeat} />}>
      <Facts items={[[t.invitedAt, <Time key="invited" at={invited_at} />]]} />
      <p>{t.invitationHint}</p>
    </Section>
  )
}
