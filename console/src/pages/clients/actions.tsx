import { Link, useLocation } from 'wouter-preact'
import { ProblemError } from '../../../../src/client.ts'
import { api, type Client, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action } from '../../ui/action.tsx'
import { Field, type Values } from '../../ui/form.tsx'
import { notify } from '../../ui/notices.tsx'
import { Section } from '../../ui/page.tsx'
import type { NewSecret } from '../../ui/secret-dialog.tsx'

const t = { ...texts.common, ...texts.clients }

export const EditLink = ({ client }: { client: Client }) => (
  <Link href={`/${client.client_id}/edit`} class="button">
    {t.edit}
  </Link>
)

/** Disables a client, or enables it again. */
export function Activation({ client, onChange }: { client: Client; onChange: (client: Client) => void }) {
  const { name, client_id: id } = client
  const setDisabled = async (disabled: boolean) =>
    onChange(await ok(api.PATCH('/clients/{id}', { params: { path: { id } }, body: { disabled } })))
  const enable = async () => {
    await setDisabled(false)
    notify(t.wasEnabled(name), () => setDisabled(true))
  }
  const disable = async () => {
    await setDisabled(true)
    notify(t.wasDisabled(name), () => setDisabled(false))
  }
  return client.disabled ? (
    <Action key="enable" label={t.enable} run={enable} />
  ) : (
    <Action key="disable" label={t.disable} confirm={t.disableConfirm} isDangerous run={disable} />
  )
}

/** Replaces the secret of a confidential client. */
export function Secret({ client, onSecret }: { client: Client; onSecret: (secret: NewSecret) => void }) {
  const { name, client_id: id } = client
  const rotate = async () => {
    const { client_secret } = await ok(api.POST('/clients/{id}/secret', { params: { path: { id } } }))
    onSecret({ title: t.secretOf(name), hint: t.secretOnce, secret: client_secret, done: t.rotated(name) })
  }
  return (
    <Section title={t.secret}>
      <p>{t.secretHint}</p>
      <Action label={t.rotate} confirm={t.rotateConfirm} isDangerous run={rotate} />
    </Section>
  )
}

/** Deletes a client, and opens the list. */
export function Deletion({ client }: { client: Client }) {
  const [, navigate] = useLocation()
  const { name, client_id: id } = client
  const remove = async ({ typed }: Values) => {
    if (typed !== name) throw new ProblemError('', 400, [{ pointer: '/typed', detail: t.deleteMistyped(name) }])
    await ok(api.DELETE('/clients/{id}', { params: { path: { id } } }))
    navigate('')
    notify(t.deleted(name))
  }
  return (
    <Section title={t.deleteTitle}>
      <p>{t.deleteHint}</p>
      <Action label={t.delete} confirm={t.deleteConfirm(name)} isDangerous run={remove}>
        <Field
          name="typed"
          label={t.deleteTyped}
          hint={name}
          autocomplete="off"
          spellcheck={false}
          required
          autoFocus
        />
      </Action>
    </Section>
  )
}
