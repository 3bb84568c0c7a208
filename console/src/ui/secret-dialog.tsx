import { useEffect } from 'preact/hooks'
import { texts } from '../texts.ts'
import { Action, Copy } from './action.tsx'
import { Dialog } from './dialog.tsx'
import { notify } from './notices.tsx'

/** A secret that the server has just made, and shows only once. */
export interface NewSecret {
  title: string
  /** Says that it is shown only now. */
  hint: string
  secret: string
  /** The message after the user has saved it. */
  done: string
}

/** Shows a new secret until the person says that they have saved it. */
export function SecretDialog({ title, hint, secret, done, onSaved }: NewSecret & { onSaved: () => void }) {
  const close = async () => {
    onSaved()
    notify(done)
  }
  useEffect(() => {
    const stay = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', stay)
    return () => removeEventListener('beforeunload', stay)
  }, [])
  return (
    <Dialog title={title}>
      <p>{hint}</p>
      <p>
        <code>{secret}</code>
      </p>
      <div class="actions">
        <Copy text={secret} />
        <Action label={texts.common.saved} look="main" run={close} />
      </div>
    </Dialog>
  )
}
