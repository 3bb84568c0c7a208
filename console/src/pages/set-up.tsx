import { ProblemError } from '@sallyport/client'
import { useState } from 'preact/hooks'
import { api, ok } from '../api.ts'
import { explain } from '../explain.ts'
import { texts } from '../texts.ts'
import { Action, asTyped, Card, complain, Field, Form, NewPassword, notify } from '../ui.ts'
import { logIn } from '../who.ts'

const t = { ...texts.common, ...texts.setUp }

/** The page that the one-time link opens: creates the first administrator, and signs them in, or says why it cannot. */
export function SetUp({ token, onDone }: { token: string; onDone: () => void }) {
  const [username, setUsername] = useState('')
  const [broken, setBroken] = useState<ProblemError>()
  if (broken)
    return (
      <Card key="broken" title={t.broken}>
        <p role="alert">{explain(broken)}</p>
        <div class="actions">
          <Action label={texts.signIn.title} look="main" run={async () => onDone()} />
        </div>
      </Card>
    )
  return (
    <Card title={t.title}>
      <p>{t.hint}</p>
      <Form
        submit={t.submit}
        onSubmit={async ({ username = '', password = '' }) => {
          try {
            await ok(api.POST('/setup', { body: { token, username, password } }))
          } catch (error) {
            // The server refuses the link, and not the account.
            if (error instanceof ProblemError && error.code === 'invalid_setup_link') return setBroken(error)
            throw error
          }
          onDone()
          // The form is not shown any more, so that it cannot say why the first login failed.
          await logIn(username, password, false).then(() => notify(t.done(username)), complain)
        }}
      >
        <Field
          name="username"
          label={t.username}
          {...asTyped}
          autocomplete="username"
          required
          autoFocus
          onInput={event => setUsername(event.currentTarget.value)}
        />
        <NewPassword name="password" label={t.password} owner={{ username }} />
      </Form>
    </Card>
  )
}
