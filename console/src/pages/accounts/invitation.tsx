import { api, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action, Facts, type NewSecret, notify, Section, Time } from '../../ui.ts'
import { can } from '../../who.ts'

const t = texts.accounts

/** The link of an invitation that the administrator hands over, because no mail server is set. */
export const invitationLink = (username: string, secret: string, done: string): NewSecret => ({
  title: t.linkFor(username),
  hint: t.linkHint,
  secret,
  done
})

/** The invitation of an account whose owner has not chosen a password yet, to send it again. */
export function Invitation(props: {
  account: User
  onLink: (link: NewSecret) => void
  reload: () => Promise<unknown>
}) {
  const { account, onLink, reload } = props
  const { id, username, invited_at } = account
  const email = String(account.email)
  async function repeat() {
    // The owner may have chosen a password since.
    const { invitation_link } = await ok(api.POST('/users/{id}/invitation', { params: { path: { id } } })).finally(
      reload
    )
    if (invitation_link) onLink(invitationLink(username, invitation_link, t.linkMade(username)))
    else notify(t.invitedAgain(email))
  }
  return (
    <Section title={t.invitation} actions={can('users:write') && <Action label={t.inviteAgain} run={repeat} />}>
      <Facts items={[[t.invited, <Time key="invited" at={invited_at} />]]} />
      <p>{t.invitationHint}</p>
    </Section>
  )
}
