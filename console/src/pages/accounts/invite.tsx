import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { asTyped, Field, Form, NewPassword, type NewSecret, notify, Page, type Values } from '../../ui.ts'
import { can } from '../../who.ts'
import { invitationLink } from './invitation.tsx'

const t = { ...texts.common, ...texts.accounts }

/** Invites a person, and goes to the page of the new account. `onLink` gets the link where nothing is mailed. */
export function Invite({ onLink }: { onLink: (link: NewSecret) => void }) {
  const [, navigate] = useLocation()
  async function invite({ username = '', email = '', full_name }: Values) {
    const account = await ok(api.POST('/users', { body: { username, email, full_name: full_name || null } }))
    navigate(`/${account.id}`)
    const { username: name, invitation_link } = account
    if (invitation_link) onLink(invitationLink(name, invitation_link, t.createdNow(name)))
    else notify(t.invitedNow(name, email))
  }
  return (
    <AccountForm title={t.invite} hint={t.inviteHint} submit={t.inviteSubmit} send={invite}>
      <Name />
      <Field name="email" label={t.email} type="email" autocomplete="off" required />
    </AccountForm>
  )
}

/** Creates an account, and goes to its page. */
export function NewAccount() {
  const [, navigate] = useLocation()
  const [owner, setOwner] = useState({ username: '', email: '' })
  async function create({ username = '', password = '', email, full_name }: Values) {
    const body = { username, password, email: email || null, full_name: full_name || null }
    const account = await ok(api.POST('/users', { body }))
    navigate(`/${account.id}`)
    notify(t.createdNow(account.username))
  }
  return (
    <AccountForm title={t.create} hint={t.createHint} submit={t.createSubmit} send={create}>
      <Name onInput={username => setOwner({ ...owner, username })} />
      <NewPassword name="password" label={t.password} owner={owner} />
      <Field
        name="email"
        label={t.email}
        type="email"
        autocomplete="off"
        onInput={event => setOwner({ ...owner, email: event.currentTarget.value })}
      />
    </AccountForm>
  )
}

function AccountForm(props: {
  title: string
  hint: string
  submit: string
  send: (values: Values) => Promise<unknown>
  children: ComponentChildren
}) {
  const { title, hint, submit, send, children } = props
  const [, navigate] = useLocation()
  return (
    <Page title={title} actions={<Link href="">{t.allAccounts}</Link>}>
      {can('users:write') ? (
        <>
          <p>{hint}</p>
          <Form submit={submit} onCancel={() => navigate('')} onSubmit={send}>
            {children}
            <Field name="full_name" label={t.fullName} autocomplete="off" />
          </Form>
        </>
      ) : (
        <p>{texts.errors.forbidden(t.needsWrite)}</p>
      )}
    </Page>
  )
}

const Name = ({ onInput }: { onInput?: (username: string) => void }) => (
  <Field
    name="username"
    label={t.username}
    autocomplete="off"
    {...asTyped}
    required
    onInput={event => onInput?.(event.currentTarget.value)}
  />
)
