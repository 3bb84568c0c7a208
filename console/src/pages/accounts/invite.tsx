import { Link, useLocation } from 'wouter-preact'
import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Field, Form } from '../../ui/form.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import { can } from '../../who.ts'

const t = texts.accounts

/** Invites a person by mail, and goes to the page of the new account. */
export function Invite() {
  const [, navigate] = useLocation()
  return (
    <Page title={t.invite} actions={<Link href="">{t.all}</Link>}>
      {can('users:write') ? (
        <>
          <p>{t.inviteHint}</p>
          <Form
            submit={t.inviteSubmit}
            onCancel={() => navigate('')}
            onSubmit={async ({ username = '', email = '', full_name }) => {
              const account = await ok(api.POST('/users', { body: { username, email, full_name: full_name || null } }))
              navigate(`/${account.id}`)
              notify(t.invitedNow(account.username, email))
            }}
          >
            <Field
              name="username"
              label={t.username}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              required
            />
            <Field name="email" label={t.email} type="email" autocomplete="off" required />
            <Field name="full_name" label={t.fullName} autocomplete="off" />
          </Form>
        </>
      ) : (
        <p>{texts.errors.forbidden(t.needsWrite)}</p>
      )}
    </Page>
  )
}
