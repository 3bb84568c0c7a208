import { useEffect, useRef, useState } from 'preact/hooks'
import { getPasskey } from '../../../src/client.ts'
import { api, ok } from '../api.ts'
import { stayIn } from '../session.ts'
import { texts } from '../texts.ts'
import { useAction } from '../ui/action.tsx'
import { Check, Field, Form } from '../ui/form.tsx'
import { useLoad } from '../ui/loading.tsx'
import { notify } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'
import { logIn, logInWith, logInWithCode, offerPasskeys } from '../who.ts'

const t = texts.signIn

/** The page for a person who is not signed in. */
export function SignIn() {
  const [hasForgotten, setForgotten] = useState(false)
  if (hasForgotten) return <Forgotten onDone={() => setForgotten(false)} />
  return (
    <Page title={t.title}>
      <SignInForm />
      <button type="button" class="quiet" onClick={() => setForgotten(true)}>
        {t.forgotten}
      </button>
    </Page>
  )
}

/** The form, for the page and for the dialog over a page whose login has ended. */
export function SignInForm({ username }: { username?: string }) {
  const [keep, setKeep] = useState(false)
  const metadata = useLoad(() => ok(api.GET('/.well-known/oauth-authorization-server')))
  const [isBusy, withPasskey] = useAction(() => logInWith(getPasskey, keep))
  const form = useRef<HTMLDivElement>(null)
  const [isSending, sendCode] = useAction(async () => {
    const name = form.current?.querySelector<HTMLInputElement>('[name=username]')
    if (name?.reportValidity()) await logInWithCode(name.value, keep)
  })
  // Without HTTPS, browsers have no hash for the request of a code.
  const hasCodes = isSecureContext && metadata.value?.email_codes_supported
  const hasPasskeys = 'PublicKeyCredential' in window && metadata.value?.passkeys_supported
  // A passkey that the browser offers signs in as the box says at that time.
  useEffect(() => stayIn(keep), [keep])
  useEffect(() => {
    if (!hasPasskeys) return
    const end = new AbortController()
    offerPasskeys(end.signal).catch(() => {})
    return () => end.abort()
  }, [hasPasskeys])
  return (
    <div ref={form}>
      <Form submit={t.submit} onSubmit={({ username = '', password = '' }) => logIn(username, password, keep)}>
        <Field
          name="username"
          label={t.username}
          autocomplete="username webauthn"
          autocapitalize="none"
          spellcheck={false}
          defaultValue={username}
          required
          autoFocus={!username}
        />
        <Field
          name="password"
          label={t.password}
          type="password"
          autocomplete="current-password"
          required
          autoFocus={Boolean(username)}
        />
        <Check name="keep" label={t.keep} onChange={event => setKeep(event.currentTarget.checked)} />
      </Form>
      {(hasCodes || hasPasskeys) && (
        <div class="others">
          {hasCodes && (
            <button type="button" aria-disabled={isSending} onClick={sendCode}>
              {t.sendCode}
            </button>
          )}
          {hasPasskeys && (
            <button type="button" aria-disabled={isBusy} onClick={withPasskey}>
              {t.passkey}
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function Forgotten({ onDone }: { onDone: () => void }) {
  return (
    <Page title={t.forgottenTitle}>
      <p>{t.forgottenHint}</p>
      <Form
        submit={t.sendLink}
        onSubmit={async ({ email = '' }) => {
          await ok(api.POST('/password/forgot', { body: { email } }))
          notify(t.linkSent)
          onDone()
        }}
      >
        <Field name="email" label={t.email} type="email" autocomplete="email" required autoFocus />
      </Form>
      <button type="button" class="quiet" onClick={onDone}>
        {t.back}
      </button>
    </Page>
  )
}
