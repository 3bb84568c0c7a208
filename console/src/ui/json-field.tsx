import { useEffect, useId, useState } from 'preact/hooks'
import type { Checked } from '../json/check.ts'
import { texts } from '../texts.ts'

const t = texts.json
const pauseMs = 500

/** A field for JSON, with its size, and `fault` in a sentence once the person has paused. */
export function JsonField(props: {
  name: string
  label: string
  text: string
  checked: Checked
  maxBytes: number
  fault: string | undefined
  onInput: (text: string) => void
}) {
  const { name, label, text, checked, maxBytes, fault, onInput } = props
  const id = useId()
  const shown = useLate(fault)
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        name={name}
        value={text}
        rows={Math.min(Math.max(text.split('\n').length + 1, 5), 24)}
        autocapitalize="none"
        autocomplete="off"
        spellcheck={false}
        aria-describedby={`${id}-size ${id}-fault`}
        aria-invalid={shown !== undefined}
        onInput={event => onInput(event.currentTarget.value)}
      />
      <p id={`${id}-size`} class="hint">
        {t.size(checked.bytes, maxBytes)}
      </p>
      <p id={`${id}-fault`} class="fault" role="status">
        {shown}
      </p>
    </div>
  )
}

/** The sentence after a pause, and at once when there is none any more: half a word is not a fault yet. */
function useLate(sentence: string | undefined): string | undefined {
  const [late, setLate] = useState(sentence)
  useEffect(() => {
    const timer = setTimeout(() => setLate(sentence), pauseMs)
    return () => clearTimeout(timer)
  }, [sentence])
  return sentence && late
}
