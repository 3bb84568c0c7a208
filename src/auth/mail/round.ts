import { setTimeout } from 'node:timers/promises'
import type { MailRow, MailStore } from '../../store/mail.ts'

/** How many messages are read at once, since SQLite blocks the event loop. */
const pageRows = 500
/** The pause between two reads, in milliseconds, in which other requests have their turn. */
const pauseMs = 10

/**
 * A round through the due messages, until `stop` fires: one message to each address, the most overdue first, `size` at
 * a time. Many messages to one address therefore delay those to another by one message, also after an outage.
 */
export async function* round({
  due,
  now,
  size,
  stop
}: Pick<MailStore, 'due'> & { now: () => Date; size: number; stop: AbortSignal }): AsyncGenerator<MailRow[]> {
  const addresses = new Set<string>()
  const batch: MailRow[] = []
  let last: MailRow | undefined
  do {
    if (last) await setTimeout(pauseMs)
    const rows = await due(now(), pageRows, last)
    for (const row of rows) {
      if (addresses.has(row.address)) continue
      addresses.add(row.address)
      batch.push(row)
      if (batch.length === size) yield batch.splice(0)
    }
    last = rows.length === pageRows ? rows.at(-1) : undefined
  } while (last && !stop.aborted)
  if (batch.length > 0) yield batch
}
