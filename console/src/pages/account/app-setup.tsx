import { useEffect, useMemo } from 'preact/hooks'
import { api, type Factor, ok, type Passkey } from '../../api.ts'
import { addPasskey, nameOfBrowser } from '../../passkeys.ts'
import { server } from '../../place.ts'
import { texts } from '../../texts.ts'
import { Action, asCode, Copied, Copy, Field, Form, notify, Page, Table, Time } from '../../ui.ts'

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
        <Field name="code" label={t.code} {...asCode} required />
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

const factors = { ...texts.common, ...texts.account.security }

/** The second factors of the account. */
export function FactorTable(props: { items: Factor[]; passkeys: Passkey[]; onChange: () => Promise<void> }) {
  const { items, passkeys, onChange } = props
  const passkeyOf = (factor: Factor) => passkeys.find(({ id }) => id === factor.id)
  const isLast = items.length === 1
  return (
    <Table
      label={factors.title}
      items={items}
      by="id"
      columns={[
        [factors.kind, ({ type }) => factors.kinds[type]],
        [factors.name, ({ name }) => name ?? texts.common.none],
        [factors.added, ({ created_at }) => <Time at={created_at} />],
        [
          factors.lastUsedToSignIn,
          factor => (passkeyOf(factor) ? <Time at={passkeyOf(factor)?.last_used_at} /> : factors.notRecorded)
        ],
        [factors.actions, factor => <Actions {...{ factor, passkey: passkeyOf(factor), isLast, onChange }} />]
      ]}
    />
  )
}

function Actions(props: {
  factor: Factor
  passkey: Passkey | undefined
  isLast: boolean
  onChange: () => Promise<void>
}) {
  const { factor, passkey, isLast, onChange } = props
  const about = factor.name ?? factors.kinds[factor.type]
  const params = { path: { id: factor.id } }
  async function rename(name: string) {
    await ok(api.PATCH('/users/me/passkeys/{id}', { params, body: { name } }))
    await onChange()
  }
  async function remove() {
    await ok(api.DELETE('/users/me/factors/{id}', { params }))
    notify(factors.removed)
    await onChange()
  }
  return (
    <div class="actions">
      {passkey && (
        <Action
          label={factors.rename}
          about={about}
          run={({ name = '' }) => rename(name).then(() => notify(factors.renamed, () => rename(passkey.name)))}
        >
          <PasskeyName value={passkey.name} />
        </Action>
      )}
      <Action
        label={factors.remove}
        about={about}
        confirm={isLast ? factors.confirmLastRemoval : factors.confirmRemoval}
        isDangerous
        run={remove}
      />
    </div>
  )
}

/** Asks for the name of a passkey, which the browser then creates. */
export function AddPasskey({ onAdded }: { onAdded: (codes?: string[]) => Promise<void> }) {
  async function add({ name = '' }) {
    const codes = await addPasskey(name)
    notify(factors.passkeyAdded)
    await onAdded(codes)
  }
  return (
    <Action label={factors.addPasskey} confirm={factors.passkeyHint} run={add}>
      <PasskeyName value={nameOfBrowser()} />
    </Action>
  )
}

/** The field for the name of a passkey. */
const PasskeyName = ({ value }: { value: string }) => (
  <Field name="name" label={factors.name} defaultValue={value} maxLength={64} required autoFocus />
)
