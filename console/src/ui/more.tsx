import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { AuditEvent } from '../api.ts'
import { detailsOf, eventWords, type Named } from '../event-words.ts'
import { deviceOf } from '../login-name.ts'

/** A short text that opens to the whole one. Unlike that of a `details`, it is part of the row's accessible name. */
export function More({ short, children }: { short: ComponentChildren; children: ComponentChildren }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <span class="more">
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {short}
      </button>
      {isOpen && <span>{children}</span>}
    </span>
  )
}

/** The device of a User-Agent header in short. */
export function Device({ userAgent }: { userAgent: string | null }) {
  const short = deviceOf(userAgent)
  return userAgent === null || short === userAgent ? short : <More short={short}>{userAgent}</More>
}

const isLong = /^[\w-]{32,}$/

/** A value that may be a long id, which is shown in short. */
export const Value = ({ text }: { text: string }) =>
  isLong.test(text) ? <More short={`${text.slice(0, 8)}…${text.slice(-4)}`}>{text}</More> : text

/** An event of an account in words, with its details. */
export const EventText = ({ event, ...named }: { event: Pick<AuditEvent, 'action' | 'detail'> } & Named) => (
  <>
    {eventWords(event)}
    {detailsOf(event, named).map(([name, text, id]) => (
      <div key={name} class="hint">
        {name}: {id === undefined ? <Value text={text} /> : <More short={text}>{id}</More>}
      </div>
    ))}
  </>
)
