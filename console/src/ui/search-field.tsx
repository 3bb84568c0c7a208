import { useEffect, useRef } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { texts } from '../texts.ts'

const t = texts.search

/** The search of the header, which the key `/` reaches from everywhere but a field or a dialog. */
export function SearchField() {
  const [, go] = useLocation()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    function reach(event: KeyboardEvent) {
      const isBusy = document.activeElement?.matches('input, select, textarea') || document.querySelector('dialog')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isBusy) return
      event.preventDefault()
      field.current?.focus()
    }
    addEventListener('keydown', reach)
    return () => removeEventListener('keydown', reach)
  }, [])
  return (
    <search>
      <form
        onSubmit={event => {
          event.preventDefault()
          const q = field.current?.value.trim()
          if (q) go(`/search?${new URLSearchParams({ q })}`)
        }}
      >
        <input
          ref={field}
          type="search"
          aria-label={t.label}
          placeholder={t.placeholder}
          title={t.hint}
          aria-keyshortcuts="/"
          maxLength={254}
          autocapitalize="none"
          autocomplete="off"
          spellcheck={false}
        />
      </form>
    </search>
  )
}
