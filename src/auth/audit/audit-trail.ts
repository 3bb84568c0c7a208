import type { AuditQuery as AuditPageQuery } from '../../../routes/audit.ts'
import type { Activity, AuditEvent } from '../../../routes/shapes.ts'
import { invalidMember, Problem } from '../../errors.ts'
import type { Fault } from '../../store/audit/chain.ts'
import type { AuditRow } from '../../store/audit/events.ts'
import type { AuditFilter, Position } from '../../store/audit/pagination.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import type { Page, PageQuery } from '../pagination.ts'
import type { AuditEvents, Origin } from './audit-events.ts'
import { timeIn } from './times.ts'

export type AuditTrail = ReturnType<typeof createAuditTrail>
/** An event as the API returns it and the commands print it. */
export type AuditEntry = ReturnType<typeof describe>

/** Filters for events. Times are ISO 8601; `until` is exclusive. */
export type AuditQuery = { [Name in Exclude<keyof AuditPageQuery, keyof PageQuery>]?: string | undefined }

/** Reads and prunes the audit trail. Users see only the events about their own account. */
export function createAuditTrail({
  store,
  auditEvents,
  now
}: {
  store: AuditStore
  auditEvents: AuditEvents
  now: () => Date
}) {
  async function page<T>(
    filter: AuditFilter,
    { limit, cursor }: PageQuery,
    describe: (row: AuditRow) => T
  ): Promise<Page<T>> {
    const { rows, next } = await store.page(filter, limit, cursor === undefined ? undefined : decodeCursor(cursor))
    return { items: rows.map(describe), next_cursor: next ? encodeCursor(next) : null }
  }

  return {
    /** A page of events, newest first. Throws a 400 about an invalid time or cursor. */
    page: (query: AuditQuery & PageQuery) => page(filterOf(query), query, describe),

    /**
     * A page of the events about the account `userId`, as its owner may see them. Throws a 400 about an invalid cursor.
     */
    activity: (userId: string, { action, ...query }: PageQuery & { action?: string | undefined }) =>
      page({ subject: userId, action }, query, row => describeToOwner(row, userId)),

    /**
     * Yields batches of events in the order in which they were written, up to the newest. Starts after the event with
     * the number `after`, or at the first event.
     */
    async *entries(query: AuditQuery, after?: number): AsyncGenerator<{ entries: AuditEntry[]; last: number }> {
      const filter = filterOf(query)
      for (let part = await store.next(after, filter); part; part = await store.next(part.last, filter))
        yield { entries: part.rows.map(describe), last: part.last }
    },

    newest: store.newest,
    verify: store.verify,

    /**
     * Deletes events that are older than `olderThan` seconds, until `stop` fires. Resolves to the number deleted. The
     * hash chain stays verifiable. Throws 409 and deletes nothing when one of these events was altered, unless
     * `evenBroken` is set.
     */
    async prune(
      olderThan: number,
      { evenBroken = false, stop, ...origin }: Origin & { evenBroken?: boolean; stop?: AbortSignal } = {}
    ) {
      const before = new Date(now().getTime() - olderThan * 1000)
      const { deleted, broken } = await store.prune(before, auditEvents.event('audit.pruned', origin), {
        evenBroken,
        stop
      })
      if (broken) throw new Problem(409, `${describeFault(broken)} ${refusedPruning}`)
      return deleted
    }
  }
}

const refusedPruning =
  'Nothing was deleted. Run `sallyport audit verify` for details, or `sallyport audit prune --broken` to delete old events anyway.'

/** A sentence that describes a fault of the audit trail. */
export const describeFault = ({ seq, fault }: Fault) => `The audit trail is broken: event ${seq} ${fault}.`

const describe = (row: AuditRow): AuditEvent => ({
  seq: row.seq,
  at: row.at.toISOString(),
  action: row.action,
  actor: row.actor,
  subject: row.subject,
  client_id: row.clientId,
  ip: row.ip,
  detail: row.detail,
  hash: row.hash
})

/**
 * The event as the owner of the account may see it. Events caused by others do not show the actor, IP address, client
 * or details.
 */
function describeToOwner({ at, action, actor, clientId, ip, detail }: AuditRow, owner: string): Activity {
  const isOthers = actor !== null && actor !== owner
  return {
    at: at.toISOString(),
    action,
    by: actor === null ? null : isOthers ? 'operator' : 'you',
    client_id: isOthers ? null : clientId,
    ip: isOthers ? null : ip,
    detail: isOthers ? {} : detail
  }
}

const filterOf = ({ action, subject, actor, client_id, ip, since, until }: AuditQuery): AuditFilter => ({
  action,
  subject,
  actor,
  clientId: client_id,
  ip,
  since: since === undefined ? undefined : timeOf('/since', since),
  until: until === undefined ? undefined : timeOf('/until', until)
})

function timeOf(pointer: string, text: string): Date {
  const time = timeIn(text)
  // For example, a `Date` cannot represent a leap second.
  if (!time) throw invalidMember(pointer, 'must be a time such as 2026-01-31T12:00:00Z')
  return time
}

const encodeCursor = ({ at, seq }: Position) => Buffer.from(`${at.getTime()}.${seq}`).toString('base64url')

function decodeCursor(cursor: string): Position {
  const [, millis, seq] = /^(\d{1,15})\.(-?\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const at = timeIn(millis === undefined ? '' : new Date(Number(millis)).toISOString())
  if (!at) throw invalidMember('/cursor', 'must be the next_cursor of a page')
  return { at, seq: Number(seq) }
}
