import { setImmediate } from 'node:timers/promises'
import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { readable } from './events.ts'
import type { AuditFilter, Position } from './pagination.ts'

/** A range of an index of the table `audit`; `undefined` is the whole table. */
type Range = SQL | undefined

/** What a filter selects by an index. */
type Bounds = Pick<AuditFilter, 'since' | 'until' | 'subject'>

/** The way through the table `audit` in bounded steps, the latest event first. */
export function createAuditRanges({ db, schema }: Pick<Engine, 'db' | 'schema'>) {
  const { audit } = schema
  const latestFirst = [desc(audit.at), desc(audit.seq)]

  /**
   * The events before `end`, or all, as ranges of an index. SQLite uses only one condition on a column, and would read
   * all events of the same time in one range.
   */
  function rangesOf({ since, until, subject }: Bounds, end?: Position): Range[] {
    const ofSubject = subject === undefined ? undefined : eq(audit.subject, subject)
    const before = (time?: Date) => and(ofSubject, since && gte(audit.at, since), time && lt(audit.at, time))
    if (!end || (until && until <= end.at)) return [before(until)]
    if (since && end.at < since) return []
    return [and(ofSubject, eq(audit.at, end.at), lt(audit.seq, end.seq)), before(end.at)]
  }

  return {
    latestFirst,
    rangesOf,

    /**
     * The ranges that are left after the first `rows` events of the first range. `position` is the last of these events
     * if there are so many. Throws a StoreError when it cannot be read.
     */
    async after(ranges: Range[], bounds: Bounds, rows: number): Promise<{ ranges: Range[]; position?: Position }> {
      const [last] = await db
        .select({ at: audit.at, seq: audit.seq })
        .from(audit)
        .where(ranges[0])
        .orderBy(...latestFirst)
        .limit(1)
        .offset(rows - 1)
      // Reads of SQLite are synchronous, and other requests have their turn here.
      await setImmediate()
      return last ? { ranges: rangesOf(bounds, readable(last)), position: last } : { ranges: ranges.slice(1) }
    }
  }
}
