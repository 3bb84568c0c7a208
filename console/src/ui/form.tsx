import { type ComponentChildren, createContext, type JSX } from 'preact'
import { useContext, useEffect, useId, useRef, useState } from 'preact/hooks'
import { explain, faultsOf } from '../explain.ts'
import { texts } from '../texts.ts'
import { boxOf } from './listed.ts'
import { clearNotice } from './notices.tsx'

/** The texts of a form by the names of its fields; a checkbox is `on` or absent. */
export type Values = Record<string, string>

const Faults = createContext<Record<string, string>>({})

/** The fault of a field, in a sentence about its label. */
function useFault(name: string, label: string): string | undefined {
  const fault = useContext(Faults)[name]
  return fault && texts.errors.fault(label, fault)
}

/**
 * A form that sends once at a time. When the server refuses, each fault is shown at its field, which is named after the
 * member of the body, or above the form. The user's input stays.
 */
export function Form(props: {
  submit: string
  class?: string
  onSubmit(values: Values): Promise<unknown>
  onCancel?: (() => void) | undefined
  isDangerous?: boolean | undefined
  children: ComponentChildren
}) {
  const { submit, class: name, onSubmit, onCancel, isDangerous, children } = props
  const form = useRef<HTMLFormElement>(null)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const faults = faultsOf(error)
  const names = Object.keys(faults)
  const isShownAtFields = names.length > 0 && names.every(name => form.current?.elements.namedItem(name))

  useEffect(() => {
    if (!error) return
    const field = isShownAtFields ? form.current?.elements.namedItem(names[0] as string) : undefined
    const target = field instanceof HTMLElement ? field : form.current?.querySelector<HTMLElement>('[role=alert]')
    target?.focus()
  }, [error])

  async function send(event: JSX.TargetedSubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    if (isBusy) return
    const values = Object.fromEntries(new FormData(event.currentTarget)) as Values
    setBusy(true)
    setError(undefined)
    clearNotice()
    try {
      await onSubmit(values)
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }

  return (
    <form ref={form} class={name} onSubmit={send}>
      <div role="alert" class="fault" tabIndex={-1}>
        {error !== undefined && !isShownAtFields && explain(error)}
      </div>
      <Faults.Provider value={faults}>{children}</Faults.Provider>
      <div class="actions">
        <button type="submit" class={isDangerous ? 'danger' : 'main'} aria-disabled={isBusy}>
          {isBusy ? texts.common.working : submit}
        </button>
        {onCancel && (
          <button type="button" onClick={onCancel}>
            {texts.common.cancel}
          </button>
        )}
      </div>
    </form>
  )
}

type Input = Omit<JSX.InputHTMLAttributes<HTMLInputElement>, 'name' | 'label' | 'id'>

interface Labelled {
  /** The member of the body that the field becomes. */
  name: string
  label: string
  hint?: string | undefined
}

/** A field with its label, a hint and its fault, which `children` gets attributes to name. */
function Labelled(props: Labelled & { children: (input: object) => ComponentChildren }) {
  const { name, label, hint, children } = props
  const id = useId()
  const fault = useFault(name, label)
  const describedBy = `${hint ? `${id}-hint ` : ''}${id}-fault`
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
      {children({ id, name, 'aria-describedby': describedBy, 'aria-invalid': fault !== undefined })}
      <p id={`${id}-fault`} class="fault">
        {fault}
      </p>
    </div>
  )
}

/** The attributes of an input for a name or an id, which no browser is meant to change. */
export const asTyped = { autocapitalize: 'none', autocomplete: 'off', spellcheck: false } as const

/** The attributes of an input for the password that the account has. */
export const asPassword = { type: 'password', autocomplete: 'current-password' } as const

/** The attributes of an input for the address of the person. */
export const asEmail = { type: 'email', autocomplete: 'email', maxLength: 254 } as const

/** The attributes of an input for a code of six digits. */
export const asCode = { inputMode: 'numeric', autocomplete: 'one-time-code', hint: texts.common.sixDigits } as const

/** A labelled input. */
export const Field = ({ name, label, hint, ...more }: Input & Labelled) => (
  <Labelled {...{ name, label, hint }}>{input => <input {...more} {...input} />}</Labelled>
)

/** A labelled text of several lines. */
export const TextArea = ({ name, label, ...more }: Labelled & JSX.TextareaHTMLAttributes<HTMLTextAreaElement>) => (
  <Labelled {...{ name, label }}>{input => <textarea {...more} {...input} />}</Labelled>
)

/** A labelled choice among a few values. */
export function Select(
  props: Labelled & {
    options: [value: string, label: string][]
    value?: string | undefined
    onChange?: (value: string) => void
  }
) {
  const { name, label, options, value, onChange } = props
  return (
    <Labelled {...{ name, label }}>
      {input => (
        <select {...input} value={value} onChange={event => onChange?.(event.currentTarget.value)}>
          {options.map(([each, text]) => (
            <option key={each} value={each}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  )
}

/** A labelled checkbox. */
export function Check({ name, label, ...input }: Input & { name: string; label: ComponentChildren }) {
  return (
    <label class="check">
      <input {...input} type="checkbox" name={name} />
      <span>{label}</span>
    </label>
  )
}

/**
 * A labelled list of checkboxes; `listed` reads which are checked. `name` is the member of the body that it becomes.
 */
export function Checks(props: {
  name: string
  label: string
  hint: string
  options: [value: string, label: ComponentChildren][]
  /** The values that are checked at first. */
  values: string[]
}) {
  const { name, label, hint, options, values } = props
  const id = useId()
  const fault = useFault(name, label)
  return (
    <fieldset name={name} tabIndex={-1} aria-describedby={`${id}-hint ${id}-fault`}>
      <legend>{label}</legend>
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
      {options.map(([value, text]) => (
        <Check key={value} name={boxOf(name, value)} label={text} defaultChecked={values.includes(value)} />
      ))}
      <p id={`${id}-fault`} class="fault">
        {fault}
      </p>
    </fieldset>
  )
}
