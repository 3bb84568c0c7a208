import { setTimeout } from 'node:timers/promises'
import type { EventsPage, EventsQuery } from '../../../routes/events.ts'
import { invalidMember, Problem } from '../../base/errors.ts'
import type { AuditRow } from '../../store/audit/events.ts'
import type { Seal } from '../../store/audit/seals.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import type { ClientStore } from '../../store/clients.ts'
import { outgoing } from './outgoing-event.ts'

/** How often a request that waits looks for a new seal, which the server makes once a second, in milliseconds. */
const lookMs = 500
/** After every event of a seal. */
const wholeSeal = Number.MAX_SAFE_INTEGER

/** A place after `seq` in the seal with this number, whose hash begins with `hash`, if it is known. */
interface Place {
  seal: number
  seq: number
  hash?: string | undefined
}

/**
 * The sealed events in the order of their seals, for receivers that fetch them. A cursor is the number of a seal; one of
 * an answer also has the last event of the page, and the beginning of the hash of its seal, which tells the trail from
 * another one that a restored backup began.
 */
export function createEventFeed({ store, clients }: { store: AuditStore; clients: Pick<ClientStore, 'byId'> }) {
  let looking: Promise<Seal | undefined> | undefined

  /** The newest seal, which all requests that wait read together. */
  function newest() {
    looking ??= store.newestSeal().finally(() => {
      looking = undefined
    })
    return looking
  }

  /** Enough of the hash of a seal to tell two trails apart; nothing depends on its secrecy. */
  const startOf = async (seal: number) => (await store.hashOfSeal(seal))?.slice(0, 12)

  /** Throws 410 unless every event after `place` is there. */
  async function assertKept({ seal, seq, hash }: Place): Promise<void> {
    const [pruned, last] = [await store.lastPruned(), await newest()]
    const isKept = seal > pruned || (seal === pruned && seq === wholeSeal)
    if (isKept && seal <= (last?.number ?? 0)) {
      if (hash === undefined || (await startOf(seal)) === hash) return
    }
    throw new Problem(
      'events_gone',
      isKept
        ? `The trail has another seal ${seal}, or none: a backup was restored. Begin again with after=${pruned}.`
        : `Events up to seal ${pruned} were pruned. Go on with after=${pruned}.`,
      { members: { oldest: pruned } }
    )
  }

  async function pageOf(rows: AuditRow[], client: string | undefined): Promise<EventsPage> {
    const details = client !== undefined && (await clients.byId(client))?.eventDetails === true
    const { seal, seq } = rows.at(-1) as AuditRow
    return {
      items: rows.map(row => outgoing(row, { details })),
      next_cursor: `${seal}-${seq}-${await startOf(Number(seal))}`
    }
  }

  return {
    /**
     * A page of the events after `after`, or of all that are kept, as the client may see them. Without any, waits up to
     * `wait` seconds for one, until `stop` fires. `client` is asked when there is one, because the caller may have lost
     * its rights meanwhile. Throws a 400 about a wrong cursor, 410 when it cannot be continued, and what `client` throws.
     */
    async page(
      { after, limit, wait }: EventsQuery,
      client: () => Promise<string | undefined>,
      stop: AbortSignal
    ): Promise<EventsPage> {
      const place = after === undefined ? { seal: 0, seq: wholeSeal } : placeOf(after)
      if (after !== undefined) await assertKept(place)
      const until = performance.now() + wait * 1000
      for (;;) {
        // Read first: a seal that is made meanwhile has not been seen.
        const seen = (await newest())?.number ?? 0
        const rows = await store.sealedAfter(place, limit)
        if (rows.length > 0) return pageOf(rows, await client())
        do {
          const leftMs = until - performance.now()
          if (leftMs > 0) await setTimeout(Math.min(lookMs, leftMs), undefined, { signal: stop }).catch(() => {})
          if (leftMs <= 0 || stop.aborted) return { items: [], next_cursor: after ?? '0' }
        } while (((await newest())?.number ?? 0) === seen)
      }
    }
  }
}

function placeOf(cursor: string): Place {
  const [, seal, seq, hash] = /^(\d{1,15})(?:-(\d{1,15})-([0-9a-f]{12}))?$/.exec(cursor) ?? []
  if (seal === undefined) throw invalidMember('/after', 'must be the number of a seal, or the next_cursor of a page')
  return { seal: Number(seal), seq: seq === undefined ? wholeSeal : Number(seq), hash }
}
