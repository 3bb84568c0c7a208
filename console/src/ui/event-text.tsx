import type { AuditEvent } from '../api.ts'
import { detailsOf, type Named } from '../event-details.ts'
import { eventWords } from '../event-words.ts'
import { Value } from './more.tsx'

/** An event of an account in words, with its details. */
export const EventText = ({ event, ...named }: { event: Pick<AuditEvent, 'action' | 'detail'> } & Named) => (
  <>
    {eventWords(event)}
    {detailsOf(event, named).map(([name, text]) => (
      <div key={name} class="hint">
        {name}: <Value text={text} />
      </div>
    ))}
  </>
)
