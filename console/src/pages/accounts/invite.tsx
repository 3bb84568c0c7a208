import { useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { api, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { asTyped, Field, Form, type Values } from '../../ui/form.tsx'
import { Action, Facts, NewPassword, notify, Page, Section, showSecret, Time } from '../../ui.ts'
import { can } from '../../who.ts'

const t = { ...texts.common, ...texts.accounts }

/**
 * Creates an account and goes to its page. An invited owner chooses the password, with a link that is shown where
 * nothing is mailed.
 */
export function NewAccount({ isInvited = false }) {
  const [, navigate] = useLocation()
  const [owner, setOwner] = useState({ username: '', email: '' })
  async function create({ username = '', email = '', full_name, ...password }: Values) {
    const body = { username, email: email || null, full_name: full_name || null, ...password }
    const { id, username: name, invitation_link } = await ok(api.POST('/users', { body }))
    navigate(`/${id}`)
    if (invitation_link) showLink(name, invitation_link, t.createdNow(name))
    else notify(isInvited ? t.invitedNow(name, email) : t.createdNow(name))
  }
  return (
    <Page title={isInvited ? t.invite : t.create} actions={<Link href="">{t.allAccounts}</Link>}>
      {can('users:write') ? (
        <>
          <p>{isInvited ? t.inviteHint : t.createHint}</p>
          <Form submit={isInvited ? t.inviteSubmit : t.createSubmit} onCancel={() => navigate('')} onSubmit={create}>
            <Field
              name="username"
              label={t.username}
              {...asTyped}
              required
              onInput={event => setOwner({ ...owner, username: event.currentTarget.value })}
            />
            {!isInvited && <NewPassword name="password" label={t.password} owner={owner} />}
            <Field
              name="email"
              label={isInvited ? t.email : t.optional(t.email)}
              type="email"
              autocomplete="off"
              required={isInvited}
              onInput={event => setOwner({ ...owner, email: event.currentTarget.value })}
            />
            <Field name="full_name" label={t.optional(t.fullName)} autocomplete="off" />
          </Form>
        </>
      ) : (
        <p>{texts.errors.forbidden(t.needsWrite)}</p>
      )}
    </Page>
  )
}

/** The link of an invitation that the administrator hands over, because no mail server is set. */
const showLink = (username: string, secret: string, done: string) =>
  showSecret({ title: t.linkFor(username), hint: t.linkHint, secret, done })

/** The invitation of an account whose owner has not chosen a password yet, to send it again. */
export function Invitation({ account, reload }: { account: User; reload: () => Promise<unknown> }) {
  const { id, username, invited_at } = account
  const email = String(account.email)
  async function repeat() {
    // The owner may have chosen a password since.
    const { invitation_link } = await ok(api.POST('/users/{id}/invitation', { params: { path: { id } } })).finally(
      reload
    )
    if (invitation_link) showLink(username, invitation_link, t.linkMade(username))
    else notify(t.invitedAgain(email))
  }
  return (
    <Section title={t.invitation} actions={can('users:write') && <Action label={t.inviteAgain} run={repeat} />}>
      <Facts items={[[t.invited, <Time key="invited" at={invited_at} />]]} />
      <p>{t.invitationHint}</p>
    </Section>
  )
}
