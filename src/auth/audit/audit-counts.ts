import type { CountsQuery } from '../../../routes/audit.ts'
import type { AuditCount } from '../../../routes/shapes.ts'
import { invalidMember } from '../../base/errors.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import type { Page } from '../pagination.ts'
import { decodeCursor, encodeCursor, timeOf } from './positions.ts'

const dayMs = 86_400_000
/** How many days a request counts by default, and at most. */
const ranges = { hour: { byDefault: 1, most: 31 }, day: { byDefault: 30, most: 366 } }

/** Counts events by hour or day and action, the latest first. Throws a 400 about an invalid time, range or cursor. */
export function createAuditCounts({ store, now }: { store: Pick<AuditStore, 'counts'>; now: () => Date }) {
  return async ({ by, action, cursor, ...range }: CountsQuery): Promise<Page<AuditCount>> => {
    const { byDefault, most } = ranges[by]
    const until = range.until === undefined ? now() : timeOf('/until', range.until)
    const since =
      range.since === undefined ? new Date(until.getTime() - byDefault * dayMs) : timeOf('/since', range.since)
    if (until.getTime() - since.getTime() > most * dayMs)
      throw invalidMember('/since', `must be at most ${most} days before until, because by is ${by}`)
    const end = cursor === undefined ? undefined : decodeCursor(cursor)
    const { rows, next } = await store.counts(by, { action, since, until }, end)
    return {
      items: rows.map(({ at, action, count }) => ({ at: at.toISOString(), action, count })),
      next_cursor: next ? encodeCursor(next) : null
    }
  }
}
