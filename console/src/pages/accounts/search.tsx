import { useEffect, useState } from 'preact/hooks'
import { texts } from '../../texts.ts'
import { asTyped, Field, Select } from '../../ui/form.tsx'
import type { Filter, State } from './filter.ts'
import { states } from './filter.ts'

const t = { ...texts.common, ...texts.accounts }

/** The filter of the list. */
export function Search({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const [q, setQ] = useState(filter.q)
  // The person went back to another address of the list.
  useEffect(() => setQ(filter.q), [filter.q])
  return (
    <search>
      <form
        class="inline"
        onSubmit={event => {
          event.preventDefault()
          onChange({ ...filter, q: q.trim() })
        }}
      >
        <Field
          name="q"
          label={t.search}
          type="search"
          maxLength={254}
          {...asTyped}
          value={q}
          onInput={event => setQ(event.currentTarget.value)}
        />
        <Select
          name="state"
          label={t.state}
          value={filter.state}
          options={states.map(state => [state, t[state]])}
          onChange={state => onChange({ q: q.trim(), state: state as State })}
        />
        <button type="submit">{t.find}</button>
      </form>
    </search>
  )
}
