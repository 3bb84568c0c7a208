import { getPasskey } from '@sallyport/client'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Link, useLocation, useSearch } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { arePasskeysHere } from '../passkeys.ts'
import { canKeep, keepNext } from '../session.ts'
import { texts } from '../texts.ts'
import { Action, asEmail, asPassword, asTyped, Card, Check, Field, Form, notify, useLoad } from '../ui.ts'
import { logIn, logInWith, logInWithCode, offerPasskeys } from '../who.ts'

const t = { ...texts.common, ...texts.signIn }

/** The page for a person who is not signed in, at every address but that of `Forgotten`. */
export function SignIn() {
  const [path] = useLocation()
  const search = useSearch()
  return (
    <Card title={t.title}>
      <SignInForm>
        <p>
          <Link href={forgottenPath} state={search ? `${path}?${search}` : path}>
            {t.forgotten}
          </Link>
        </p>
      </SignInForm>
    </Card>
  )
}

/** The address of `Forgotten`. */
export const forgottenPath = '/forgotten'

/** The form, for the page and for the dialog over a page whose login has ended. */
export function SignInForm({ username, children }: { username?: string; children?: ComponentChildren }) {
  const [keep, setKeep] = useState(false)
  const ways = useLoad(readWays)
  const form = useRef<HTMLDivElement>(null)
  async function sendCode() {
    const name = form.current?.querySelector<HTMLInputElement>('[name=username]')
    if (name?.reportValidity()) await logInWithCode(name.value, keep)
  }
  const { hasCodes, hasPasskeys } = ways.value ?? {}
  // A passkey that the browser offers signs in as the box says at that time.
  useEffect(() => keepNext(keep), [keep])
  useEffect(() => {
    if (!hasPasskeys) return
    const end = new AbortController()
    offerPasskeys(end.signal).catch(() => {})
    return () => end.abort()
  }, [hasPasskeys])
  return (
    <div ref={form}>
      <Form submit={t.title} onSubmit={({ username = '', password = '' }) => logIn(username, password, keep)}>
        <Field
          name="username"
          label={t.username}
          {...asTyped}
          autocomplete="username webauthn"
          defaultValue={username}
          required
          autoFocus={!username}
        />
        <Field name="password" label={t.password} {...asPassword} required autoFocus={Boolean(username)} />
        {canKeep && (
          <Check
            name="keep"
            label={
              <>
                {t.keep} <span class="hint">{t.keepHint}</span>
              </>
            }
            onChange={event => setKeep(event.currentTarget.checked)}
          />
        )}
      </Form>
      {children}
      {/* At the end, because they come when the server has answered, and nothing must move then. */}
      {(hasCodes || hasPasskeys) && (
        <div class="actions">
          {hasCodes && <Action label={t.sendCode} run={sendCode} />}
          {hasPasskeys && <Action label={t.passkey} run={() => logInWith(getPasskey, keep)} />}
        </div>
      )}
    </div>
  )
}

/** The ways to sign in without a password. */
async function readWays() {
  const { email_codes_supported, passkeys_supported } = await ok(api.GET('/.well-known/oauth-authorization-server'))
  return {
    // Without HTTPS, browsers have no hash for the request of a code.
    hasCodes: isSecureContext && email_codes_supported,
    hasPasskeys: passkeys_supported && (await arePasskeysHere())
  }
}

/** The page that asks for a link to choose a new password. */
export function Forgotten() {
  const [, go] = useLocation()
  // The address from which the person has come, whose page is shown after the login.
  const leave = () => go(typeof history.state === 'string' ? history.state : '/')
  return (
    <Card title={t.forgottenTitle}>
      <p>{t.forgottenHint}</p>
      <Form
        submit={t.sendLink}
        onSubmit={async ({ email = '' }) => {
          await ok(api.POST('/password/forgot', { body: { email } }))
          leave()
          notify(t.linkSent)
        }}
      >
        <Field name="email" label={t.email} {...asEmail} required autoFocus />
      </Form>
      <Action label={t.back} look="quiet" run={async () => leave()} />
    </Card>
  )
}
