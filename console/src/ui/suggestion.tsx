import { useLocation } from 'wouter-preact'
import { acceptPasskey, declinePasskey, suggestedTo } from '../suggestion.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { notify } from './notices.tsx'

const t = texts.suggestion

/** The suggestion after a login, until the person has answered it. */
export function Suggestion() {
  const [, go] = useLocation()
  async function accept() {
    await acceptPasskey()
    go('/account/security')
    notify(texts.account.security.passkeyAdded)
  }
  if (!suggestedTo.value) return null
  return (
    <aside class="suggestion" aria-label={t.title}>
      <p>{t.why}</p>
      <Action label={t.create} run={accept} />
      <button type="button" class="quiet" onClick={declinePasskey}>
        {t.dismiss}
      </button>
    </aside>
  )
}
