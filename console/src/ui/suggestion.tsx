import { Link } from 'wouter-preact'
import { suggestion } from '../suggestion.ts'
import { texts } from '../texts.ts'

const t = texts.suggestion

/** The suggestion after a login, until the person has answered it. */
export function Suggestion() {
  const kind = suggestion.value
  if (!kind) return null
  const close = () => {
    suggestion.value = undefined
  }
  return (
    <aside class="suggestion" aria-label={t.title}>
      <p>{t.why[kind]}</p>
      <Link class="button" href="/account/security" onClick={close}>
        {t.go[kind]}
      </Link>
      <button type="button" class="quiet" onClick={close}>
        {t.dismiss}
      </button>
    </aside>
  )
}
