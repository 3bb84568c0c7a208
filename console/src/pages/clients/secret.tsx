import { useEffect } from 'preact/hooks'
import { texts } from '../../texts.ts'
import { Copy } from '../../ui/action.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { notify } from '../../ui/notices.tsx'

const t = texts.clients

/** A secret that the server has just made, and shows only once. */
export interface NewSecret {
  name: string
  secret: string
  /** The message after the user has saved it. */
  done: string
}

/** Shows a new secret until the person says that they have saved it. */
export function SecretDialog({ name, secret, done, onSaved }: NewSecret & { onSaved: () => void }) {
  const close = () => {
    onSaved()
    notify(done)
  }
  useEffect(() => {
    const stay = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', stay)
    return () => removeEventListener('beforeunload', stay)
  }, [])
  return (
    <Dialog title={t.secretOf(name)}>
      <p>{t.secretOnce}</p>
      <p>
        <code>{secret}</code>
      </p>
      <div class="actions">
        <Copy text={secret} />
        <button type="button" class="main" onClick={close}>
          {t.secretSaved}
        </button>
      </div>
    </Dialog>
  )
}
