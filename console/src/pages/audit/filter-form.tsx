import { ProblemError } from '@sallyport/client'
import { useEffect, useState } from 'preact/hooks'
import { wordsFor } from '../../event-words.ts'
import { nameOfLoginId } from '../../login-name.ts'
import { texts } from '../../texts.ts'
import { asTyped, Field, Form, Select, timeText } from '../../ui.ts'
import { can } from '../../who.ts'
import { type Filters, localTime, ranges, timeIn } from './filters.ts'
import { isId } from './ids.ts'
import { idOf, useName } from './party.tsx'

const t = { ...texts.common, ...texts.audit }

/** The filters in words. */
export function Summary({ filters }: { filters: Filters }) {
  const { range, since, until, action, subject, actor, client_id, ip, session } = filters
  const ends = [since && `${t.fields.since} ${timeText(since)}`, until && `${t.fields.until} ${timeText(until)}`]
  const said = {
    subject: useName(subject) ?? subject,
    actor: useName(actor) ?? actor,
    client_id: useName(client_id) ?? client_id,
    ip
  }
  return (
    <>
      {[
        range === 'own' ? ends.filter(Boolean).join(' ') || t.always : t.ranges[range],
        action && wordsFor(action),
        ...Object.entries(said).map(([name, text]) => text && `${t.fields[name as keyof typeof said]}: ${text}`),
        nameOfLoginId(session) ?? (session && `${t.fields.session}: ${session}`)
      ]
        .filter(Boolean)
        .join(' · ')}
    </>
  )
}

/** The filters as a form. `onShow` gets them once the names of accounts in them are ids. */
export function FilterForm({ filters, onShow }: { filters: Filters; onShow(filters: Filters): void }) {
  const [draft, setDraft] = useState(filters)
  const [isFree, setFree] = useState(false)
  useEffect(() => {
    setDraft({ ...filters, since: localTime(filters.since), until: localTime(filters.until) })
    setFree(filters.action !== '' && !Object.hasOwn(texts.actions, filters.action))
  }, [filters])
  const account = useName(filters.subject)
  const login = nameOfLoginId(filters.session)
  const accountHint = can('users:read') ? t.nameOrId : t.id

  const set = (change: Partial<Filters>) => setDraft({ ...draft, ...change })
  const field = (name: keyof typeof t.fields) => ({
    name,
    label: t.fields[name],
    value: draft[name],
    maxLength: 256,
    ...asTyped,
    onInput: (event: { currentTarget: HTMLInputElement }) => set({ [name]: event.currentTarget.value })
  })

  async function show() {
    const [since, until] = [timeIn(draft.since), timeIn(draft.until)]
    if (since && until && since >= until) throw refusal('until', t.endsBefore)
    onShow({ ...draft, since, until, subject: await idIn('subject'), actor: await idIn('actor') })
  }

  /** The id that the text of a field means. Without the right to look accounts up, the text itself. */
  async function idIn(name: 'subject' | 'actor'): Promise<string> {
    const text = draft[name].trim()
    if (text === '' || isId(text) || !can('users:read')) return text
    const id = await idOf(text)
    if (id === undefined) throw refusal(name, t.noAccount(text))
    return id
  }

  return (
    <Form class="filters" submit={t.show} onSubmit={show}>
      <Select
        name="range"
        label={t.at}
        options={ranges.map(range => [range, t.ranges[range]])}
        value={draft.range}
        onChange={range => set({ range: range as Filters['range'] })}
      />
      {draft.range === 'own' && (
        <>
          <Field {...field('since')} type="datetime-local" />
          <Field {...field('until')} type="datetime-local" />
        </>
      )}
      <Select
        name="known"
        label={t.fields.action}
        options={[['', t.anyAction], ...Object.entries(texts.actions), [free, t.free]]}
        value={isFree ? free : draft.action}
        onChange={action => {
          setFree(action === free)
          set({ action: action === free ? '' : action })
        }}
      />
      {isFree && <Field {...field('action')} label={t.freeAction} pattern="[ -~]*" required />}
      <Field {...field('subject')} hint={account ? t.isAccount(account) : accountHint} />
      <Field {...field('actor')} hint={accountHint} />
      <Field {...field('client_id')} pattern="[ -~]*" />
      <Field {...field('ip')} pattern="[ -~]*" />
      <Field {...field('session')} hint={login ? t.isLogin(login) : t.id} pattern="[ -~]*" />
    </Form>
  )
}

/** The choice of an action that the console does not know. */
const free = 'another'

const refusal = (name: string, detail: string) => new ProblemError(detail, 400, [{ pointer: `/${name}`, detail }])
