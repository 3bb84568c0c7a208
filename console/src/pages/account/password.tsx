import { ProblemError } from '@sallyport/client'
import { useState } from 'preact/hooks'
import { api, ok, type User } from '../../api.ts'
import { client } from '../../session.ts'
import { texts } from '../../texts.ts'
import { asPassword, Field, Form, Loaded, NewPassword, notify, Section, useLoad } from '../../ui.ts'

const t = { ...texts.common, ...texts.account.password }

/** The change of the user's own password. `/.well-known/change-password` leads here. */
export function Password() {
  const me = useLoad(() => ok(api.GET('/users/me')))
  return (
    <Section title={t.submit} hint={t.hint}>
      <Loaded load={me}>{user => <PasswordForm user={user} />}</Loaded>
    </Section>
  )
}

function PasswordForm({ user }: { user: User }) {
  // Counts the changes: after each, the fields are empty again.
  const [turn, setTurn] = useState(0)
  return (
    <Form
      submit={t.submit}
      onSubmit={async ({ current_password = '', new_password = '' }) => {
        const kept = await client.changePassword({ currentPassword: current_password, newPassword: new_password })
        if (!kept) throw new ProblemError('', 401, [])
        notify(t.changed)
        setTurn(turn + 1)
      }}
    >
      {/* Tells password managers whose password it is. */}
      <div hidden>
        <input type="text" autocomplete="username" value={user.username} readOnly />
      </div>
      <Field key={`current ${turn}`} name="current_password" label={t.currentPassword} {...asPassword} required />
      <NewPassword key={`new ${turn}`} name="new_password" label={t.next} owner={user} />
    </Form>
  )
}
