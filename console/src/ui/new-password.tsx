import { useId, useState } from 'preact/hooks'
import { api, ok } from '../api.ts'
import { texts } from '../texts.ts'
import { Field } from './form.tsx'
import { Loaded, useLoad } from './loading.tsx'

const t = texts.passwordRules

/** Reserves the space of the rules until they load. */
const likely: Rules = { min_length: 15, max_bytes: 72, excludes: [] }

/** A field for a new password, with the rules of the server, which are checked while the person types. */
export function NewPassword(props: { name: string; label: string; owner: Names }) {
  const { name, label, owner } = props
  const [password, setPassword] = useState('')
  const [isShown, setShown] = useState(false)
  const rules = useLoad(() => ok(api.GET('/password/rules')))
  return (
    <div class="new-password">
      <Field
        name={name}
        label={label}
        type={isShown ? 'text' : 'password'}
        autocomplete="new-password"
        spellcheck={false}
        required
        onInput={event => setPassword(event.currentTarget.value)}
      />
      <button type="button" class="quiet" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? t.hide : t.show}
      </button>
      {rules.value || rules.error ? (
        <Loaded load={rules}>{found => <RuleList rules={found} password={password} owner={owner} />}</Loaded>
      ) : (
        <div class="unread">
          <RuleList rules={likely} password="" owner={{}} />
        </div>
      )}
    </div>
  )
}

function RuleList({ rules, password, owner }: { rules: Rules; password: string; owner: Names }) {
  const id = useId()
  const unmet = broken(rules, password, owner)
  const lines = [
    ['length', t.length(rules.min_length)],
    ['context', t.context]
  ] as const
  return (
    <div class="rules">
      <p id={id}>{t.title}</p>
      <ul aria-labelledby={id}>
        {lines.map(([rule, text]) => {
          const isMet = !unmet.has(rule)
          return (
            <li key={rule} class={password && isMet ? 'met' : undefined}>
              {text} {password && <span class="state">({isMet ? t.met : t.unmet})</span>}
            </li>
          )
        })}
        {unmet.has('bytes') && <li>{t.tooLong(rules.max_bytes)}</li>}
        <li>{t.common}</li>
      </ul>
    </div>
  )
}

/** The rules that the server tells: lengths in characters and bytes, and words that no password may contain. */
interface Rules {
  min_length: number
  max_bytes: number
  excludes: string[]
}

/** The names of the owner of a new password. */
interface Names {
  username?: string | undefined
  email?: string | null | undefined
}

/** The server does not look for shorter names (bytes of UTF-8), which occur in too many words. */
const shortestName = 4
const bytesOf = (text: string) => new TextEncoder().encode(text).length
const fold = (text: string) => text.normalize('NFKC').toLowerCase()

/** The rules that `password` breaks, of those that a browser can check. */
function broken({ min_length, max_bytes, excludes }: Rules, password: string, { username, email }: Names) {
  const normalized = password.normalize('NFC')
  const folded = fold(normalized)
  const names = [username, email, email?.replace(/@.*/, ''), ...excludes]
  const rules = new Set<'length' | 'bytes' | 'context'>()
  if ([...normalized].length < min_length) rules.add('length')
  if (bytesOf(normalized) > max_bytes) rules.add('bytes')
  if (names.some(name => name && bytesOf(name) >= shortestName && folded.includes(fold(name)))) rules.add('context')
  return rules
}
