import { useState } from 'preact/hooks'
import { ProblemError } from '../../../src/client.ts'
import { api, ok } from '../api.ts'
import { translated } from '../explain.ts'
import { texts } from '../texts.ts'
import { Card } from '../ui/card.tsx'
import { Field, Form } from '../ui/form.tsx'
import { Loaded, useLoad } from '../ui/loading.tsx'
import { NewPassword } from '../ui/new-password.tsx'
import { complain, notify } from '../ui/notices.tsx'
import { logIn } from '../who.ts'

const t = { ...texts.common, ...texts.setUp }

/** Whether the server refuses the link, and not an account. */
const isBroken = (error: unknown): error is ProblemError => error instanceof ProblemError && error.status === 403

/** The page that the one-time link opens: creates the first administrator, and signs them in. */
export function SetUp({ token, onDone }: { token: string; onDone: () => void }) {
  const [username, setUsername] = useState('')
  const check = useLoad(() => ok(api.POST('/setup/check', { body: { token } })).then(() => true), [token])
  const { error } = check
  if (isBroken(error))
    return (
      <Card key="broken" title={t.broken}>
        <p role="alert">{translated(error.message)}</p>
        <div class="actions">
          <button type="button" class="main" onClick={onDone}>
            {texts.signIn.submit}
          </button>
        </div>
      </Card>
    )
  return (
    <Card title={t.title}>
      <Loaded load={check}>
        {() => (
          <>
            <p>{t.hint}</p>
            <Form
              submit={t.submit}
              onSubmit={async ({ username = '', password = '' }) => {
                await ok(api.POST('/setup', { body: { token, username, password } })).catch(error => {
                  throw isBroken(error) ? new ProblemError(error.message, 400, []) : error
                })
                onDone()
                // The form is not shown any more, so that it cannot say why the first login failed.
                await logIn(username, password, false).then(() => notify(t.done(username)), complain)
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
    </Card>
  )
}
