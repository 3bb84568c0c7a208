import { setImmediate } from 'node:timers/promises'
import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { type AuditRow, readable } from './events.ts'

/** A place in chronological order. */
export type Position = Pick<AuditRow, 'at' | 'seq'>

/** The conditions on events that an index serves; an absent member matches every event. `until` is exclusive. */
export interface Bounds {
  since?: Date | undefined
  until?: Date | undefined
  subject?: string | undefined
}

/** A range of an index of the table `audit`; `undefined` is the whole table. */
type Range = SQL | undefined

const mostSteps = 10

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

  /** The event after `rows - 1` others of the range, if it has so many. */
  async function lastOf(range: Range, rows: number): Promise<Position | undefined> {
    const [last] = await db
      .select({ at: audit.at, seq: audit.seq })
      .from(audit)
      .where(range)
      .orderBy(...latestFirst)
      .limit(1)
      .offset(rows - 1)
    return last && readable(last)
  }

  return {
    latestFirst,

    /**
     * Goes through the events before `end`, or all. `read` gets one range after the other, and resolves to how many of
     * its first events it has read at most, or to `undefined` when it needs no more. After ten of these, resolves to
     * the place before which the next scan begins, if there may be more events. Throws a StoreError when that place
     * cannot be read.
     */
    async scan(
      bounds: Bounds,
      end: Position | undefined,
      read: (range: Range) => Promise<number | undefined>
    ): Promise<Position | undefined> {
      let ranges = rangesOf(bounds, end)
      let position = end
      for (let steps = 0; ranges.length > 0 && steps < mostSteps; ) {
        const rows = await read(ranges[0])
        if (rows === undefined) return undefined
        const last = await lastOf(ranges[0], rows)
        // Reads of SQLite are synchronous, and other requests have their turn here.
        await setImmediate()
        ranges = last ? rangesOf(bounds, last) : ranges.slice(1)
        position = last ?? position
        if (last) steps++
      }
      return ranges.length > 0 ? position : undefined
    }
  }
}
