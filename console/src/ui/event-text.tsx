import type { AuditEvent } from '../api.ts'
import { detailsOf, eventWords, type Named } from '../event-words.ts'
import { More, Value } from './more.tsx'

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
