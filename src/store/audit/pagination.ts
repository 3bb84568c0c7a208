import { and, asc, desc, eq, gt, gte, lt, lte, or } from 'drizzle-orm'
import type { Engine } from '../engine/dialect.ts'
import { readDetail } from './detail.ts'
import type { AuditRow } from './events.ts'
import { earliest, latest, readTime } from './time.ts'

/** What events have to be like; a member that is absent lets all through. `until` itself is not in it. */
export interface AuditFilter {
  action?: string | undefined
  subject?: string | undefined
  actor?: string | undefined
  clientId?: string | undefined
  ip?: string | undefined
  since?: Date | undefined
  until?: Date | undefined
}

/** A place in the order of time. */
export type Position = Pick<AuditRow, 'at' | 'seq'>

/** One statement looks at so many rows: SQLite answers nobody meanwhile, and PostgreSQL gives up after five seconds. */
const scanRows = 1000

/** A position as far as it can be asked for. Past 53 bits, a number that was read may be the one before or after. */
const legiblePosition = ({ at, seq }: Position): Position => ({
  at: readTime(at.getTime()),
  seq: Math.min(Math.max(seq, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
})

/** On PostgreSQL `null` is JSON that no column type gets to see. */
const legible = (row: AuditRow): AuditRow => ({ ...row, detail: row.detail ?? readDetail(null) })

/** Reads of the table `audit`, in bounded steps however rare what is looked for is. */
export function createAuditPages({ db, schema }: Engine) {
  const { audit } = schema

  /** The conditions that an index serves, and the others. */
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

  /** Events that have a time go by it. The others, before and after them all, go by their numbers. */
  const byTime = {
    order: [desc(audit.at), desc(audit.seq)],
    before: ({ at, seq }: Position) => and(lte(audit.at, at), or(lt(audit.at, at), lt(audit.seq, seq))),
    from: ({ at, seq }: Position) => and(gte(audit.at, at), or(gt(audit.at, at), gte(audit.seq, seq)))
  }
  const byNumber = {
    order: [desc(audit.seq)],
    before: ({ seq }: Position) => lt(audit.seq, seq),
    from: ({ seq }: Position) => gte(audit.seq, seq)
  }
  const eras = [
    { ...byNumber, has: gte(audit.at, latest) },
    { ...byTime, has: and(gt(audit.at, earliest), lt(audit.at, latest)) },
    { ...byNumber, has: lte(audit.at, earliest) }
  ]
  const eraOf = ({ at }: Position) => (at >= latest ? 0 : at > earliest ? 1 : 2)

  return {
    /**
     * Up to `limit` events before `end`, the latest first. A row with a number below -2^53, which was not written here, is among
     * those of `next` only.
     */
    async page(filter: AuditFilter, limit: number, end?: Position): Promise<AuditRow[]> {
      const { indexed, others } = conditions(filter)
      const found: AuditRow[] = []
      let position = end && legiblePosition(end)
      for (const { has, order, before, from } of eras.slice(position ? eraOf(position) : 0)) {
        while (found.length < limit) {
          const range = and(gte(audit.seq, Number.MIN_SAFE_INTEGER), has, indexed, position && before(position))
          const [last] = await db
            .select({ at: audit.at, seq: audit.seq })
            .from(audit)
            .where(range)
            .orderBy(...order)
            .limit(1)
            .offset((others ? scanRows : limit) - 1)
          const rows = db
            .select()
            .from(audit)
            .where(and(range, others, last && from(legiblePosition(last))))
          found.push(...(await rows.orderBy(...order).limit(limit - found.length)))
          position = last && legiblePosition(last)
          if (!last) break
        }
      }
      return found.map(legible)
    },

    /**
     * Those of the next rows after `after`, or of the first, in the order of the chain, that `filter` lets through; `last` is the
     * last row that was looked at. `undefined` when there is none, and after a number past 53 bits, which can be read but not asked
     * for. A row that is written later comes after all that are there.
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
      return { rows: rows.map(legible), last }
    },

    /** The number of the newest row; 0 when there is none. */
    async newest(): Promise<number> {
      const [row] = await db.select({ seq: audit.seq }).from(audit).orderBy(desc(audit.seq)).limit(1)
      return row?.seq ?? 0
    }
  }
}
