import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Check, useFault } from './form.tsx'

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

/** The name of the checkbox for `value` in a list that is the member `name` of a body. */
export const boxOf = (name: string, value: string) => `${name} ${value}`

/** The values of the list `name` that are checked in a form. */
export const listed = (values: Record<string, string>, name: string) =>
  Object.keys(values).flatMap(box => (box.startsWith(boxOf(name, '')) ? box.slice(boxOf(name, '').length) : []))
