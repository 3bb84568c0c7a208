import { api, ok, type User, type Versioned, versioned } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action, asEmail, Facts, Field, Form, notify, Section } from '../../ui.ts'
import { Email } from '../accounts/profile.tsx'

const t = { ...texts.common, ...texts.account.profile }

/** The e-mail address: whether it is verified, a new one that waits for its owner, and changes. */
export function Address({ user, onChange }: { user: User; onChange: (me: Versioned<User>) => void }) {
  const { email, email_verified, pending_email } = user
  const awaited = pending_email ?? (email_verified ? null : email)

  async function change(to: string | null) {
    // Instead of the current password, the server accepts a recent login, which `api` asks for.
    const changed = await versioned(api.PATCH('/users/me', { body: { email: to } }))
    onChange(changed)
    return changed.value
  }

  async function save({ email = '' }) {
    const changed = await change(email)
    const next = changed.pending_email ?? changed.email
    notify(next && !(next === changed.email && changed.email_verified) ? t.linkSent(next) : t.sameAddress)
  }

  async function sendAgain() {
    await ok(api.POST('/users/me/email/verify-request'))
    if (awaited) notify(t.linkSent(awaited))
  }

  async function remove() {
    await change(null)
    notify(t.addressRemoved)
  }

  return (
    <Section title={t.email}>
      <Facts
        items={[
          [t.currentAddress, email ? <Email key="email" account={user} /> : t.none],
          [t.pending, pending_email]
        ]}
      />
      <Form submit={t.saveAddress} onSubmit={save}>
        <Field key={awaited ?? email} name="email" label={t.newAddress} hint={t.addressHint} {...asEmail} required />
      </Form>
      <div class="actions">
        {awaited && <Action label={t.sendAgain} run={sendAgain} />}
        {email && <Action label={t.removeAddress} confirm={t.confirmRemoval} isDangerous run={remove} />}
      </div>
    </Section>
  )
}
