import { api, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action, asTyped, Field, notify, type Values } from '../../ui.ts'

const t = { ...texts.common, ...texts.accounts }

/** Corrects the names and the address of an account, in a dialog. Only what differs is sent. */
export function Correction({ account, reload }: { account: User; reload: () => Promise<unknown> }) {
  const { id, username, email, full_name, email_verified, invited_at } = account
  async function correct(values: Values) {
    const name = values.full_name || null
    const body = {
      ...(values.username !== username && { username: String(values.username) }),
      ...(values.email && values.email !== email && { email: values.email }),
      ...(name !== full_name && { full_name: name })
    }
    if (Object.keys(body).length === 0) return notify(texts.clients.unchanged)
    const changed = await ok(api.PATCH('/users/{id}/profile', { params: { path: { id } }, body }))
    await reload()
    notify(t.corrected(changed.username, body.email))
  }
  const newAddress = email_verified ? t.confirmsAndTells : invited_at ? t.invitesThere : t.confirms
  return (
    <Action label={t.correct} about={username} run={correct}>
      <Field name="username" label={t.username} defaultValue={username} {...asTyped} required />
      <Field
        name="email"
        label={t.email}
        hint={newAddress}
        type="email"
        defaultValue={email ?? ''}
        autocomplete="off"
        maxLength={254}
        required={email !== null}
      />
      <Field
        name="full_name"
        label={t.optional(t.fullName)}
        defaultValue={full_name ?? ''}
        autocomplete="off"
        maxLength={256}
      />
    </Action>
  )
}
