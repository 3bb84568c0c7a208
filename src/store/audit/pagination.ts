import { and, asc, type Column, desc, eq, gt } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { type AuditRow, readable } from './events.ts'
import { type Bounds, createAuditRanges, type Position } from './ranges.ts'

/** Conditions on events; an absent member matches every event. */
export interface AuditFilter extends Bounds {
  action?: string | undefined
  actor?: string | undefined
  clientId?: string | undefined
  ip?: string | undefined
  /** The id of the session in the details. */
  session?: string | undefined
}

/** Rows read per statement, since SQLite blocks the event loop and PostgreSQL times out after five seconds. */
const scanRows = 1000

/** Whether the row matches. One with an invalid time is neither too early nor too late. */
const matches = (row: AuditRow, { since, until, session, ...members }: AuditFilter) =>
  !(since && row.at < since) &&
  !(until && row.at >= until) &&
  (session === undefined || row.detail?.session === session) &&
  Object.entries(members).every(([name, value]) => value === undefined || row[name as keyof AuditRow] === value)

/** Reads of the table `audit` in bounded steps, however rare the matching rows are. */
export function createAuditPages(engine: Engine) {
  const { db, schema } = engine
  const { audit } = schema
  const { latestFirst, scan } = createAuditRanges(engine)

  /** The conditions that no index serves, on the columns of `table`; `undefined` without any. */
  const others = (table: Record<'action' | 'actor' | 'clientId' | 'ip' | 'detail', Column>, filter: AuditFilter) =>
    and(
      ...(['action', 'actor', 'clientId', 'ip'] as const).flatMap(name =>
        filter[name] === undefined ? [] : [eq(table[name], filter[name])]
      ),
      filter.session === undefined ? undefined : eq(schema.detailText(table.detail, 'session'), filter.session)
    )

  return {
    /**
     * Up to `limit` events before `end`, the latest first, and the place before which the next page begins, if there
     * may be one. Examines a bounded number of events, so a page can have fewer events than `limit`, or none. Throws a
     * StoreError when one of them cannot be read.
     */
    async page(filter: AuditFilter, limit: number, end?: Position): Promise<{ rows: AuditRow[]; next?: Position }> {
      const rows: AuditRow[] = []
      const next = await scan(filter, end, async range => {
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
        return rows.length > limit ? undefined : most
      })
      if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1] as Position }
      return next ? { rows, next } : { rows }
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
