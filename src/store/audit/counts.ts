import { count, eq } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { readable } from './events.ts'
import { type Bounds, createAuditRanges, type Position } from './ranges.ts'

/** How many events with `action` the hour or day that begins `at` has. */
export interface AuditCountRow {
  at: Date
  action: string
  count: number
}

/** Events counted per statement, which takes SQLite less than ten milliseconds. */
const scanRows = 10_000

/** Counts of the table `audit` in bounded steps. */
export function createAuditCounts(engine: Engine) {
  const { db, schema } = engine
  const { audit } = schema
  const { latestFirst, scan } = createAuditRanges(engine)

  return {
    /**
     * Counts the events before `end` by hour or day (UTC) and action, the latest first. Also resolves to the place
     * before which the next page begins, if there may be one. Examines a bounded number of events, so two pages can
     * each have a part of the same count. Throws a StoreError when an event cannot be read.
     */
    async counts(
      unit: 'hour' | 'day',
      { action, ...bounds }: Pick<Bounds, 'since' | 'until'> & { action?: string | undefined },
      end?: Position
    ): Promise<{ rows: AuditCountRow[]; next?: Position }> {
      const found = new Map<string, AuditCountRow>()
      const next = await scan(bounds, end, async range => {
        const some = db
          .select({ at: schema.beginning(unit, audit.at).as('beginning'), action: audit.action })
          .from(audit)
          .where(range)
          .orderBy(...latestFirst)
          .limit(scanRows)
          .as('some')
        const counted = await db
          .select({ at: some.at, action: some.action, count: count() })
          .from(some)
          .where(action === undefined ? undefined : eq(some.action, action))
          .groupBy(some.at, some.action)
        for (const row of counted) add(found, row)
        return scanRows
      })
      const rows = [...found.values()].sort(
        (a, b) => b.at.getTime() - a.at.getTime() || a.action.localeCompare(b.action)
      )
      return next ? { rows, next } : { rows }
    }
  }
}

function add(found: Map<string, AuditCountRow>, { at, action, count }: AuditCountRow) {
  // A time that was changed by hand.
  readable({ at, seq: 0 })
  const key = `${at.getTime()} ${action}`
  found.set(key, { at, action, count: Number(count) + (found.get(key)?.count ?? 0) })
}
