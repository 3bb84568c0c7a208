import { ProblemError } from '@sallyport/client'
import { useEffect, useState } from 'preact/hooks'
import type { Versioned } from '../api.ts'
import { faultIn, type JsonObject, objectIn, patchOf } from '../json.ts'
import { texts } from '../texts.ts'
import { asTyped, Form, TextArea } from './form.tsx'
import { notify } from './notices.tsx'
import { Empty, Section } from './page.tsx'

const t = texts.json
type Stored = Versioned<JsonObject>
const textOf = (value: JsonObject) => JSON.stringify(value, null, 2)

/** An object to read, as a part of a page. Without the text `empty`, an empty object has no part. */
export function JsonSection(props: { title: string; hint: string; value: JsonObject; empty?: string }) {
  const { title, hint, value, empty } = props
  const isEmpty = Object.keys(value).length === 0
  if (isEmpty && !empty) return null
  return (
    <Section title={title} hint={hint}>
      {isEmpty ? <Empty>{empty}</Empty> : <pre>{textOf(value)}</pre>}
    </Section>
  )
}

/**
 * A part of a page with a form for an object of an account. `write` sends a merge patch, and rejects with 412 unless the account still has the
 * version. Then `reload` reads the present object, which is shown below the text until the person saves it again.
 */
export function JsonEditor(props: {
  /** The member of the body that it becomes. */
  name: string
  title: string
  hint: string
  stored: Stored
  submit: string
  saved: string
  reload: () => Promise<unknown>
  write: (patch: JsonObject, version: string | undefined) => Promise<Stored>
}) {
  const { name, title, hint, stored, submit, saved, reload, write } = props
  const [text, setText] = useState(textOf(stored.value))
  /** What the text was made of. */
  const [base, setBase] = useState(stored)
  const [isOvertaken, setOvertaken] = useState(false)
  /** What the person has seen. Another part of the account may have changed since. */
  const seen = isOvertaken || textOf(stored.value) === textOf(base.value) ? stored : base

  /** Continues from `now`. A text that is no longer `shown` stays: the person has typed since. */
  function adopt(now: Stored, shown: string) {
    setBase(now)
    setText(latest => (latest === shown ? textOf(now.value) : latest))
    setOvertaken(false)
  }
  useEffect(() => {
    if (text === textOf(base.value)) adopt(stored, text)
  }, [textOf(stored.value)])

  const refusal = (detail: string) => new ProblemError(detail, 400, [{ pointer: `/${name}`, detail }])

  async function save() {
    const fault = faultIn(text)
    if (fault) throw refusal(t.fault(fault.line, fault.column))
    const object = objectIn(text)
    if (!object) throw refusal(t.noObject)
    const patch = patchOf(seen.value, object)
    if (Object.keys(patch).length === 0) return notify(t.same)
    const now = await write(patch, seen.version).catch(explained)
    adopt(now, text)
    const before = seen.value
    notify(saved, async () => adopt(await write(patchOf(now.value, before), now.version), textOf(now.value)))
  }

  /** Rejects with what the person reads about a refusal. */
  async function explained(error: unknown): Promise<never> {
    if (!(error instanceof ProblemError)) throw error
    if (error.status === 412) {
      await reload()
      setOvertaken(true)
      throw new ProblemError(t.overtaken, 412, [])
    }
    const [, member, ...steps] = error.errors[0]?.pointer.split('/') ?? []
    throw member === name ? refusal(t.member([...steps].join('/'), String(error.errors[0]?.detail))) : error
  }

  return (
    <Section title={title} hint={hint}>
      <Form class="json" submit={submit} onSubmit={save}>
        <TextArea
          name={name}
          label={t.label(title)}
          value={text}
          rows={Math.min(Math.max(text.split('\n').length + 1, 5), 24)}
          {...asTyped}
          onInput={event => setText(event.currentTarget.value)}
        />
        {isOvertaken && (
          <>
            <h3>{t.current(title)}</h3>
            <pre>{textOf(stored.value)}</pre>
          </>
        )}
      </Form>
    </Section>
  )
}
