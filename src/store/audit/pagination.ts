import { setImmediate } from 'node:timers/promises'
import { and, asc, type Column, desc, eq, gt, gte, lt } from 'drizzle-orm'
import type { Engine, Schema } from '../engine/dialect.ts'
import { StoreError } from '../errors.ts'
import { type AuditRow, isReadable } from './events.ts'

/** Conditions on events; an absent member matches every event. `until` is exclusive. */
export interface AuditFilter {
  action?: string | undefined
  subject?: string | undefined
  actor?: string | undefined
  clientId?: string | undefined
  ip?: string | undefined
  since?: Date | undefined
  until?: Date | undefined
}

/** A place in chronological order. */
export type Position = Pick<AuditRow, 'at' | 'seq'>

/** Rows read per statement, since SQLite blocks the event loop and PostgreSQL times out after five seconds. */
const scanRows = 1000
/** How often a page reads `scanRows` at most. */
const mostScans = 10

/** Returns the row. Throws a StoreError when a manual change has made it invalid. */
export function readable<T extends Position & Partial<AuditRow>>(row: T): T {
  if (isReadable({ detail: {}, ...row })) return row
  throw new StoreError('failed', 'The audit trail has an invalid event. Run `sallyport audit verify`.')
}

/** Whether the row matches. One with an invalid time is neither too early nor too late. */
const matches = (row: AuditRow, { since, until, ...members }: AuditFilter) =>
  !(since && row.at < since) &&
  !(until && row.at >= until) &&
  Object.entries(members).every(([name, value]) => value === undefined || row[name as keyof AuditRow] === value)

/**
 * The events before `end`, or all, as ranges of an index. SQLite uses only one condition on a column, and would read
 * all events of the same time in one range.
 */
export function rangesOf(audit: Schema['audit'], { since, until, subject }: AuditFilter, end?: Position) {
  const ofSubject = subject === undefined ? undefined : eq(audit.subject, subject)
  const before = (time?: Date) => and(ofSubject, since && gte(audit.at, since), time && lt(audit.at, time))
  if (!end || (until && until <= end.at)) return [before(until)]
  if (since && end.at < since) return []
  return [and(ofSubject, eq(audit.at, end.at), lt(audit.seq, end.seq)), before(end.at)]
}

/** Reads of the table `audit` in bounded steps, however rare the matching rows are. */
export function createAuditPages({ db, schema }: Engine) {
  const { audit } = schema

  /** The conditions that no index serves, on the columns of `table`; `undefined` without any. */
  const others = (table: Record<'action' | 'actor' | 'clientId' | 'ip', Column>, filter: AuditFilter) =>
    and(
      ...(['action', 'actor', 'clientId', 'ip'] as const).flatMap(name =>
        filter[name] === undefined ? [] : [eq(table[name], filter[name])]
      )
    )

  const latestFirst = [desc(audit.at), desc(audit.seq)]

  return {
    /**
     * Up to `limit` events before `end`, the latest first, and the place before which the next page begins, if there
     * may be one. Examines a bounded number of events, so a page can have fewer events than `limit`, or none. Throws a
     * StoreError when one of them cannot be read.
     */
    async page(filter: AuditFilter, limit: number, end?: Position): Promise<{ rows: AuditRow[]; next?: Position }> {
      const rows: AuditRow[] = []
      let position = end
      let ranges = rangesOf(audit, filter, end)
      for (let scans = 0; ranges.length > 0; ) {
        if (scans === mostScans) return { rows, next: position as Position }
        const [range] = ranges
        // One more than asked for tells whether there is a next page.
        const room = limit + 1 - rows.length
        const most = others(audit, filter) ? scanRows : room
        const some = db
          .select()
          .from(audit)
          .where(range)
          .orderBy(...latestFirst)
          .limit(most)
          .as('some')
        const matching = await db
          .select()
          .from(some)
          .where(others(some, filter))
          .orderBy(desc(some.at), desc(some.seq))
          .limit(room)
        rows.push(...matching.map(readable))
        if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1] as Position }
        const [last] = await db
          .select({ at: audit.at, seq: audit.seq })
          .from(audit)
          .where(range)
          .orderBy(...latestFirst)
          .limit(1)
          .offset(most - 1)
        if (last) {
          position = readable(last)
          scans++
        }
        ranges = last ? rangesOf(audit, filter, last) : ranges.slice(1)
        // Reads of SQLite are synchronous, and other requests have their turn here.
        await setImmediate()
      }
      return { rows }
    },

    /**
     * The rows that match `filter` among the next rows after `after`, or among the first, in the order of their
     * numbers; `last` is the last row examined. `undefined` when no row is left, and after a number past 53 bits, which
     * cannot be queried. Includes invalid rows.
     */
    async next(after?: number, filter: AuditFilter = {}): Promise<{ rows: AuditRow[]; last: number } | undefined> {
      if (after !== undefined && !Number.isSafeInteger(after)) return undefined
      const isAfter = after === undefined ? undefined : gt(audit.seq, after)
      // Filtered here, because the database might prefer another index, and sort all events of a subject.
      const rows = await db.select().from(audit).where(isAfter).orderBy(asc(audit.seq)).limit(scanRows)
      const last = rows.at(-1)?.seq
      return last === undefined ? undefined : { rows: rows.filter(row => matches(row, filter)), last }
    },

    /** The number of the newest row; 0 when the table is empty. */
    async newest(): Promise<number> {
      const [row] = await db.select({ seq: audit.seq }).from(audit).orderBy(desc(audit.seq)).limit(1)
      return row?.seq ?? 0
    }
  }
}
