import { api, ok } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Copy, Field, Form, notify, Page } from '../../ui.ts'

const t = { ...texts.common, ...texts.account.app }

/** An authenticator app that waits for its first code. */
export interface NewApp {
  id: string
  secret: string
  svg: string
}

/** Shows the secret of an authenticator app, as a QR code and as text, and asks for a code to confirm it. */
export function AppSetup(props: { app: NewApp; onAdded: (codes: string[]) => Promise<void>; onCancel: () => void }) {
  const { app, onAdded, onCancel } = props

  async function confirm({ code = '' }) {
    const { recovery_codes } = await ok(
      api.POST('/users/me/factors/{id}/confirm', { params: { path: { id: app.id } }, body: { code } })
    )
    notify(t.added)
    await onAdded(recovery_codes)
  }

  return (
    <Page title={t.title}>
      <p>{t.scan}</p>
      <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(app.svg)}`} alt={t.qr} />
      <p class="secret">
        {t.secret}: <code>{app.secret}</code> <Copy text={app.secret} about={t.secret} />
      </p>
      <Form submit={t.submit} onSubmit={confirm} onCancel={onCancel}>
        <Field
          name="code"
          label={t.code}
          hint={t.sixDigits}
          inputMode="numeric"
          autocomplete="one-time-code"
          required
        />
      </Form>
    </Page>
  )
}
