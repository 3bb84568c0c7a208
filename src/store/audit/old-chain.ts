import { hash } from 'node:crypto'
import { and, asc, desc, eq, gt } from 'drizzle-orm'
import type { Columns, Db } from '../engine/dialect.ts'
import { toStoreError } from '../errors.ts'
import type { AuditEvent } from './events.ts'

/** Rows that are read at a time. */
const pageRows = 1000

/**
 * Verifies the chain of hashes that earlier versions kept in a column of `audit`, before a migration removes that
 * column. Resolves to the event that records the result, or to `undefined` when there is no such chain.
 */
export async function verifyOldChain(db: Pick<Db, 'select'>, c: Columns): Promise<AuditEvent | undefined> {
  // As it was: later migrations change the table of the schema.
  const old = c.table('audit', {
    seq: c.long('seq').notNull(),
    at: c.eventTime('at').notNull(),
    action: c.text('action').notNull(),
    actor: c.text('actor'),
    subject: c.text('subject'),
    clientId: c.text('client_id'),
    ip: c.text('ip'),
    detail: c.detail('detail').notNull(),
    hash: c.text('hash')
  })
  /** A number past 53 bits cannot be queried, because it would be mistaken for another. */
  const page = async (after?: number) =>
    after !== undefined && !Number.isSafeInteger(after)
      ? []
      : await db
          .select()
          .from(old)
          .where(after === undefined ? undefined : gt(old.seq, after))
          .orderBy(asc(old.seq))
          .limit(pageRows)

  /** The hash before the first row, as the event of the pruning says that deleted the row. */
  async function hashBefore(seq: number): Promise<string> {
    const isPruning = and(eq(old.subject, 'audit'), eq(old.action, 'audit.pruned'))
    const prunings = await db.select().from(old).where(isPruning).orderBy(desc(old.seq)).limit(pageRows)
    return String(prunings.find(({ detail }) => detail?.seq === seq - 1)?.detail.hash ?? '')
  }

  let rows = await page().catch(nothingIfMissing)
  const first = rows[0]
  if (!first) return undefined
  let newest = { seq: first.seq - 1, hash: await hashBefore(first.seq) }
  let events = 0
  let broken: number | undefined
  for (; rows.length > 0; rows = await page(newest.seq)) {
    for (const row of rows) {
      // Events from before the chain have no hash.
      const isFirst = newest.hash === ''
      const follows = row.seq === newest.seq + 1 && row.hash === hash('sha256', newest.hash + textOf(row))
      if (!follows && !(isFirst && row.hash === null)) broken ??= row.seq
      newest = { seq: row.seq, hash: row.hash ?? '' }
      events++
    }
  }
  return {
    at: new Date(),
    action: 'audit.upgraded',
    actor: null,
    subject: 'audit',
    clientId: null,
    ip: null,
    detail: { events, newest: `${newest.seq}:${newest.hash}`, ...(broken === undefined ? {} : { broken }) }
  }
}

const textOf = ({ at, action, actor, subject, clientId, ip, detail }: AuditEvent) =>
  JSON.stringify([at.getTime(), action, actor, subject, clientId, ip, detail], Object.keys(detail ?? {}).sort())

/** For the `catch` of a read: no rows when the table or the column does not exist. */
function nothingIfMissing(error: unknown): never[] {
  if (toStoreError(error).code === 'failed') return []
  throw error
}
