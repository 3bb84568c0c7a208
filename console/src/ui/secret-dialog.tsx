import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { texts } from '../texts.ts'
import { Action, Copy } from './action.tsx'
import { Dialog } from './dialog.tsx'
import { notify } from './notices.tsx'

/** A secret that the server has just made, and shows only once. */
interface NewSecret {
  title: string
  /** Says that it is shown only now. */
  hint: string
  secret: string
  /** The message after the user has saved it. */
  done: string
}

const shown = signal<NewSecret>()
const clear = () => {
  shown.value = undefined
}

/** Shows a new secret over the page until the person says that they have saved it. */
export function showSecret(secret: NewSecret) {
  shown.value = secret
}

/** The place of the new secret, which only the person sees for whom it was made. */
export function SecretDialog() {
  useEffect(() => clear, [])
  return shown.value ? <Secret {...shown.value} /> : null
}

function Secret({ title, hint, secret, done }: NewSecret) {
  const close = async () => {
    clear()
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
