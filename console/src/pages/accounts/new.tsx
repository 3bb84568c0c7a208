import { useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Field, Form } from '../../ui/form.tsx'
import { NewPassword } from '../../ui/new-password.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import { can } from '../../who.ts'

const t = { ...texts.common, ...texts.accounts }

/** Creates an account, and goes to its page. */
export function NewAccount() {
  const [, navigate] = useLocation()
  const [owner, setOwner] = useState({ username: '', email: '' })
  return (
    <Page title={t.create} actions={<Link href="">{t.allAccounts}</Link>}>
      {can('users:write') ? (
        <>
          <p>{t.createHint}</p>
          <Form
            submit={t.createSubmit}
            onCancel={() => navigate('')}
            onSubmit={async ({ username = '', password = '', email, full_name }) => {
              const body = { username, password, email: email || null, full_name: full_name || null }
              const account = await ok(api.POST('/users', { body }))
              navigate(`/${account.id}`)
              notify(t.createdNow(account.username))
            }}
          >
            <Field
              name="username"
              label={t.username}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              required
              onInput={event => setOwner({ ...owner, username: event.currentTarget.value })}
            />
            <NewPassword name="password" label={t.password} owner={owner} />
            <Field
              name="email"
              label={t.email}
              type="email"
              autocomplete="off"
              onInput={event => setOwner({ ...owner, email: event.currentTarget.value })}
            />
            <Field name="full_name" label={t.fullName} autocomplete="off" />
          </Form>
        </>
      ) : (
        <p>{texts.errors.forbidden(t.needsWrite)}</p>
      )}
    </Page>
  )
}
