import { Link, useLocation } from 'wouter-preact'
import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Field, Form } from '../../ui/form.tsx'
import { notify } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import type { NewSecret } from '../../ui/secret-dialog.tsx'
import { can } from '../../who.ts'
import { invitationLink } from './invitation.tsx'

const t = { ...texts.common, ...texts.accounts }

/** Invites a person, and goes to the page of the new account. `onLink` gets the link where nothing is mailed. */
export function Invite({ onLink }: { onLink: (link: NewSecret) => void }) {
  const [, navigate] = useLocation()
  return (
    <Page title={t.invite} actions={<Link href="">{t.allAccounts}</Link>}>
      {can('users:write') ? (
        <>
          <p>{t.inviteHint}</p>
          <Form
            submit={t.inviteSubmit}
            onCancel={() => navigate('')}
            onSubmit={async ({ username = '', email = '', full_name }) => {
              const account = await ok(api.POST('/users', { body: { username, email, full_name: full_name || null } }))
              navigate(`/${account.id}`)
              const { username: name, invitation_link } = account
              if (invitation_link) onLink(invitationLink(name, invitation_link, t.createdNow(name)))
              else notify(t.invitedNow(name, email))
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
