import { useEffect, useRef, useState } from 'preact/hooks'
import { ProblemError } from '../../../src/client.ts'
import type { Versioned } from '../api.ts'
import { check, placeOf, type Rules } from '../json/check.ts'
import { isSame, type JsonObject, patchOf } from '../json/patch.ts'
import { pointerOf, stepsOf } from '../json/pointer.ts'
import type { JsonFault } from '../json/read.ts'
import { texts } from '../texts.ts'
import { Form } from './form.tsx'
import { JsonField } from './json-field.tsx'
import { JsonText, textOf } from './json-text.tsx'
import { notify } from './notices.tsx'

const t = texts.json
type Stored = Versioned<JsonObject>

/** Another change came first, which the person has to see before saving. */
class Overtaken extends ProblemError {}

/**
 * A form for an object of an account, which is checked while the person types. `write` sends a merge patch, and rejects
 * with 412 unless the object still has the version; `read` then tells the present one, which is shown beside the text.
 */
export function JsonEditor(props: {
  /** The member of the body that it becomes. */
  name: string
  title: string
  rules: Rules
  stored: Stored
  submit: string
  saved: string
  /** Says that the object was changed elsewhere. */
  overtaken: string
  read: () => Promise<Stored>
  write: (patch: JsonObject, version: string | undefined) => Promise<Stored>
}) {
  const { name, title, rules, stored, submit, saved, overtaken, read, write } = props
  /** The object that the text shows at first. */
  const [base, setBase] = useState(stored)
  const [text, setText] = useState(textOf(stored.value))
  /** The object after a change from elsewhere, to show beside the text. */
  const [current, setCurrent] = useState<Stored>()
  const warning = useRef<HTMLParagraphElement>(null)
  const [refused, setRefused] = useState<{ text: string; sentence: string }>()

  /** Continues from `now`. A text that is no longer `shown` stays: the person has typed since. */
  function adopt(now: Stored, shown: string) {
    setBase(now)
    setText(latest => (latest === shown ? textOf(now.value) : latest))
    setCurrent(undefined)
  }
  useEffect(() => {
    if (text === textOf(base.value)) adopt(stored, text)
  }, [stored.version, textOf(stored.value)])
  useEffect(() => warning.current?.focus(), [current])

  const before = current ?? base
  const checked = check(text, rules, before.value)
  const fault = checked.fault && sentenceOf(checked.fault, text)

  /** Sends the patch again when only another part of the account has changed. */
  async function put(patch: JsonObject, seen: Stored): Promise<Stored> {
    try {
      return await write(patch, seen.version)
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status !== 412) throw error
      const now = await read()
      if (isSame(now.value, seen.value)) return await write(patch, now.version)
      setCurrent(now)
      throw new Overtaken(t.overtaken(overtaken), 412, [])
    }
  }

  /** Shows a refusal at the field, with the line of the member that it is about. */
  function refuse(sentence: string): never {
    setRefused({ text, sentence })
    throw new ProblemError(sentence, 400, [{ pointer: pointerOf([name]), detail: sentence }])
  }

  async function save() {
    if (fault !== undefined || !checked.object) return refuse(fault ?? '')
    const patch = patchOf(before.value, checked.object)
    if (Object.keys(patch).length === 0) {
      adopt(before, text)
      return notify(t.same)
    }
    try {
      const now = await put(patch, before)
      adopt(now, text)
      notify(saved, async () => adopt(await put(patchOf(now.value, before.value), now), textOf(now.value)))
    } catch (error) {
      if (error instanceof Overtaken) return
      const [first] = error instanceof ProblemError ? error.errors : []
      const [member, ...steps] = stepsOf(first?.pointer ?? '')
      if (!first || member !== name) throw error
      const at = steps.length === 0 ? undefined : checked.places.get(pointerOf(steps))
      refuse(
        t.fault(at === undefined ? undefined : placeOf(text, at), [steps.join('/') || title, first.detail].join(' '))
      )
    }
  }

  return (
    <div class="json">
      <Form submit={submit} onSubmit={save}>
        {current && (
          <p ref={warning} role="alert" class="fault" tabIndex={-1}>
            {t.overtaken(overtaken)}
          </p>
        )}
        <div class="columns">
          <JsonField
            name={name}
            label={t.label(title)}
            text={text}
            checked={checked}
            maxBytes={rules.maxBytes}
            fault={fault ?? (refused?.text === text ? refused.sentence : undefined)}
            onInput={setText}
          />
          {current && (
            <div class="field">
              <h3>{t.current(title)}</h3>
              <JsonText value={current.value} />
              <p class="hint">{t.currentHint}</p>
              <div>
                <button
                  type="button"
                  onClick={({ currentTarget: { form } }) => {
                    adopt(current, text)
                    form?.querySelector('textarea')?.focus()
                  }}
                >
                  {t.useCurrent}
                </button>
              </div>
            </div>
          )}
        </div>
      </Form>
    </div>
  )
}

function sentenceOf({ wrong, at, member }: JsonFault, text: string) {
  const isAboutAll = wrong === 'object' || wrong === 'size'
  return t.fault(isAboutAll ? undefined : placeOf(text, at), t.wrong[wrong](member))
}
