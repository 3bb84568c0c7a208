import { isAsked } from '../../base/action-patterns.ts'
import type { OnProgress } from '../../base/progress.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import { outgoing } from './outgoing-event.ts'

/** How many events are read at once, since SQLite blocks the event loop. */
const pageEvents = 1000

/** How the events that a receiver has differ from the trail. Those `pruned` are too old to compare. */
export interface Comparison {
  events: number
  missing: string[]
  added: string[]
  pruned: number
}

/** A line of the file: the body of a message, or an event of `GET /events`. */
interface Line {
  id: string
  seal: number
  data?: object
}

/** All members of an event but `lost`, in one order. */
function textOf({ data, ...event }: ReturnType<typeof outgoing>): string {
  const sorted = (object: object) => Object.entries(object).sort()
  const { detail } = data
  return JSON.stringify(
    sorted({ ...event, lost: 0, data: sorted({ ...data, ...(detail && { detail: sorted(detail) }) }) })
  )
}

/** The number of an event; `undefined` for what is no id. */
const numberOf = (id: unknown) => /^evt_(\d{1,15})_\d{1,15}$/.exec(String(id))?.[1]

/**
 * Compares the events that a receiver has written down, each as a line of JSON, with the trail, from the first to the
 * last of them in the order of the seals: `missing` are those that it should have by `patterns`, and `added` those that
 * the trail does not have like this. The same event may come again. Throws for a line that is not an event.
 */
export async function compareReceived(
  lines: AsyncIterable<string>,
  patterns: string[],
  store: Pick<AuditStore, 'sealedAfter' | 'lastPruned'>,
  onProgress: OnProgress = () => {}
): Promise<Comparison> {
  const received = new Map<number, Line & { text: string }>()
  let [first, last] = [
    { seal: Number.MAX_SAFE_INTEGER, seq: 0 },
    { seal: 0, seq: 0 }
  ]
  const pruned = await store.lastPruned()
  const found: Comparison = { events: 0, missing: [], added: [], pruned: 0 }
  let line = 0
  for await (const text of lines) {
    line++
    if (text.trim() === '') continue
    const event = parsed(text) as ReturnType<typeof outgoing>
    const seq = Number(numberOf(event?.id))
    if (!Number.isSafeInteger(event?.seal) || Number.isNaN(seq) || typeof event.data !== 'object' || !event.data)
      throw new Error(`Line ${line} is not an event, as a webhook or GET /events sends it.`)
    const { id, seal } = event
    if (seal <= pruned) found.pruned++
    else {
      const before = received.get(seq)
      const own = { id, seal, text: textOf(event), data: event.data }
      if (before && before.text !== own.text) found.added.push(id)
      else received.set(seq, own)
      if (isBefore({ seal, seq }, first)) first = { seal, seq }
      if (isBefore(last, { seal, seq })) last = { seal, seq }
    }
  }
  found.events = received.size
  let place = { seal: first.seal, seq: first.seq - 1 }
  while (received.size > 0 && isBefore(place, last)) {
    const rows = await store.sealedAfter(place, pageEvents)
    for (const row of rows) {
      const own = received.get(row.seq)
      const details = own?.data !== undefined && 'ip' in own.data
      const isSame = own?.text === textOf(outgoing(row, { details }))
      if (isSame) received.delete(row.seq)
      else if (isAsked(patterns, row.action) && !isBefore(last, { seal: Number(row.seal), seq: row.seq }))
        found.missing.push(outgoing(row, { details }).id)
    }
    const end = rows.at(-1)
    if (!end) break
    place = { seal: Number(end.seal), seq: end.seq }
    const seals = 1 + last.seal - first.seal
    onProgress('comparing', Math.min((1 + place.seal - first.seal) / seals, 1))
  }
  found.added.push(...[...received.values()].map(({ id }) => id))
  return found
}

const isBefore = (a: { seal: number; seq: number }, b: { seal: number; seq: number }) =>
  a.seal < b.seal || (a.seal === b.seal && a.seq < b.seq)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
