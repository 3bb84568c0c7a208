import { count, inArray, sql } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { type Bounds, createAuditRanges, type Position } from './ranges.ts'

/** How many events have the action, the reason or counter in their details, the subject and the IP address. */
export interface RefusalRow {
  action: string
  reason: string | null
  subject: string | null
  ip: string | null
  count: number
}

/** Events counted per statement, which takes SQLite about ten milliseconds if no two are alike. */
const scanRows = 2000
const mostSteps = 50

/** Counts of events of the table `audit` by what they have in common, in bounded steps. */
export function createAuditRefusals(engine: Engine) {
  const { db, schema } = engine
  const { audit } = schema
  const { latestFirst, scan } = createAuditRanges(engine)

  return {
    /**
     * Counts the events with one of `actions`, among the newest hundred thousand of the range; calls `add` with parts
     * of these counts. Resolves to the place of the oldest event that was examined, if there may be older ones.
     */
    async refusals(
      actions: string[],
      bounds: Pick<Bounds, 'since' | 'until'>,
      add: (row: RefusalRow) => void
    ): Promise<Position | undefined> {
      const reason = sql<
        string | null
      >`coalesce(${schema.detailText(audit.detail, 'counter')}, ${schema.detailText(audit.detail, 'reason')})`
      return scan(
        bounds,
        undefined,
        async range => {
          const some = db
            .select({
              action: audit.action,
              reason: reason.as('reason'),
              subject: audit.subject,
              ip: audit.ip
            })
            .from(audit)
            .where(range)
            .orderBy(...latestFirst)
            .limit(scanRows)
            .as('some')
          const { action, subject, ip } = some
          const rows = await db
            .select({ action, reason: some.reason, subject, ip, count: count() })
            .from(some)
            .where(inArray(action, actions))
            .groupBy(action, some.reason, subject, ip)
          for (const row of rows) add({ ...row, count: Number(row.count) })
          return scanRows
        },
        mostSteps
      )
    }
  }
}
