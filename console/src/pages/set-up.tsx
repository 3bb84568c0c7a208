import { useState } from 'preact/hooks'
import { api, ok } from '../api.ts'
import { texts } from '../texts.ts'
import { Card } from '../ui/card.tsx'
import { Field, Form } from '../ui/form.tsx'
import { Loaded, useLoad } from '../ui/loading.tsx'
import { NewPassword } from '../ui/new-password.tsx'
import { notify } from '../ui/notices.tsx'
import { logIn } from '../who.ts'

const t = texts.setUp

/** The page that the one-time link opens: creates the first administrator, and signs them in. */
export function SetUp({ token, onDone }: { token: string; onDone: () => void }) {
  const [username, setUsername] = useState('')
  const check = useLoad(() => ok(api.POST('/setup/check', { body: { token } })).then(() => true), [token])
  return (
    <Card title={t.title}>
      <Loaded load={check}>
        {() => (
          <>
            <p>{t.hint}</p>
            <Form
              submit={t.submit}
              onSubmit={async ({ username = '', password = '' }) => {
                await ok(api.POST('/setup', { body: { token, username, password } }))
                onDone()
                await logIn(username, password, false)
                notify(t.done(username))
              }}
            >
              <Field
                name="username"
                label={t.username}
                autocomplete="username"
                autocapitalize="none"
                spellcheck={false}
                required
                autoFocus
                onInput={event => setUsername(event.currentTarget.value)}
              />
              <NewPassword name="password" label={t.password} owner={{ username }} />
            </Form>
          </>
        )}
      </Loaded>
      {check.error !== undefined && (
        <button type="button" onClick={onDone}>
          {texts.signIn.submit}
        </button>
      )}
    </Card>
  )
}
