import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Check, useFault } from './form.tsx'
import { boxOf } from './listed.ts'

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
