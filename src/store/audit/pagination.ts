import { setImmediate } from 'node:timers/promises'
import { and, asc, desc, eq, gt, gte, lt, lte, or } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { StoreError } from '../errors.ts'
import { isReadable } from './chain.ts'
import type { AuditRow } from './events.ts'

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
/** Steps that a page takes at most. */
const mostSteps = 10

/** Returns the row. Throws a StoreError when a manual change has made it invalid. */
export function readable<T extends Position & Partial<AuditRow>>(row: T): T {
  if (isReadable({ detail: {}, ...row })) return row
  throw new StoreError('failed', 'The audit trail has an invalid event. Run `sallyport audit verify`.')
}

/** Reads of the table `audit` in bounded steps, however rare the matching rows are. */
export function createAuditPages({ db, schema }: Engine) {
  const { audit } = schema

  /** Splits the conditions into those that an index serves and the others. */
  function conditions({ since, until, subject, ...others }: AuditFilter) {
    const { action, actor, clientId, ip } = others
    return {
      indexed: and(
        since && gte(audit.at, since),
        until && lt(audit.at, until),
        subject === undefined ? undefined : eq(audit.subject, subject)
      ),
      others: and(
        ...Object.entries({ action, actor, clientId, ip }).flatMap(([name, value]) =>
          value === undefined ? [] : [eq(audit[name as 'action'], value)]
        )
      )
    }
  }

  const order = [desc(audit.at), desc(audit.seq)]
  const before = ({ at, seq }: Position) => and(lte(audit.at, at), or(lt(audit.at, at), lt(audit.seq, seq)))
  const from = ({ at, seq }: Position) => and(gte(audit.at, at), or(gt(audit.at, at), gte(audit.seq, seq)))

  return {
    /**
     * Up to `limit` events before `end`, the latest first, and the place before which the next page begins, if there
     * may be one. Examines a bounded number of events, so a page can have fewer events than `limit`, or none. Throws a
     * StoreError when one of them cannot be read.
     */
    async page(filter: AuditFilter, limit: number, end?: Position): Promise<{ rows: AuditRow[]; next?: Position }> {
      const { indexed, others } = conditions(filter)
      const rows: AuditRow[] = []
      let position = end
      for (let step = 0; step < mostSteps; step++) {
        // One more than asked for tells whether there is a next page.
        const room = limit + 1 - rows.length
        const range = and(indexed, position && before(position))
        const [last] = await db
          .select({ at: audit.at, seq: audit.seq })
          .from(audit)
          .where(range)
          .orderBy(...order)
          .limit(1)
          .offset((others ? scanRows : room) - 1)
        const matching = db
          .select()
          .from(audit)
          .where(and(range, others, last && from(readable(last))))
        rows.push(...(await matching.orderBy(...order).limit(room)).map(readable))
        if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1] as Position }
        if (!last) return { rows }
        position = last
        // Reads of SQLite are synchronous, and other requests have their turn here.
        await setImmediate()
      }
      return { rows, next: position as Position }
    },

    /**
     * The rows that match `filter` among the next rows after `after`, or among the first, in the order of the chain;
     * `last` is the last row examined. `undefined` when no row is left, and after a number past 53 bits, which cannot
     * be queried. Rows written later come after all existing rows. Includes invalid rows.
     */
    async next(after?: number, filter: AuditFilter = {}): Promise<{ rows: AuditRow[]; last: number } | undefined> {
      if (after !== undefined && !Number.isSafeInteger(after)) return undefined
      const isAfter = after === undefined ? undefined : gt(audit.seq, after)
      const seqs = await db
        .select({ seq: audit.seq })
        .from(audit)
        .where(isAfter)
        .orderBy(asc(audit.seq))
        .limit(scanRows)
      const last = seqs.at(-1)?.seq
      if (last === undefined) return undefined
      const { indexed, others } = conditions(filter)
      const range = and(isAfter, Number.isSafeInteger(last) ? lte(audit.seq, last) : undefined, indexed, others)
      const rows = await db.select().from(audit).where(range).orderBy(asc(audit.seq)).limit(scanRows)
      return { rows, last }
    },

    /** The number of the newest row; 0 when the table is empty. */
    async newest(): Promise<number> {
      const [row] = await db.select({ seq: audit.seq }).from(audit).orderBy(desc(audit.seq)).limit(1)
      return row?.seq ?? 0
    }
  }
}
