import { useEffect, useMemo } from 'preact/hooks'
import { api, ok } from '../../api.ts'
import { server } from '../../place.ts'
import { texts } from '../../texts.ts'
import { Action, Copied, Copy, Field, Form, notify, Page } from '../../ui.ts'

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
    <Page title={texts.account.security.setUpApp}>
      <p>{t.scan}</p>
      <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(app.svg)}`} alt={t.qr} />
      <p class="secret">
        {t.secret}: <Copied text={app.secret} about={t.secret} />
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

const codesText = texts.account.codes

/** The recovery codes, which the server shows only once, and ways to keep them. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => Promise<void> }) {
  const heading = codesText.heading(new URL(server).host)
  const text = codes.join('\n')
  const file = useMemo(() => URL.createObjectURL(new Blob([`${heading}\n\n${text}\n`])), [text])
  useEffect(() => () => URL.revokeObjectURL(file), [file])
  return (
    <Page title={codesText.title}>
      <p>{codesText.hint}</p>
      <div class="codes">
        <h2>{heading}</h2>
        <ol>
          {codes.map(code => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
      </div>
      <div class="actions">
        <Copy text={text} />
        <Action label={codesText.print} run={async () => window.print()} />
        <a class="button" href={file} download={codesText.fileName}>
          {codesText.save}
        </a>
        <Action label={codesText.done} look="main" run={onDone} />
      </div>
    </Page>
  )
}
