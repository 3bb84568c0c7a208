import { hash } from 'node:crypto'
import { desc, max, type Placeholder, sql } from 'drizzle-orm'
import type { AuditEvent, AuditRow } from './audit.ts'
import type { Db, Schema } from './dialect.ts'

/** A place in the chain; the hash is empty where the chain had not begun. */
export interface Link {
  seq: number
  hash: string
}

/** Where the chain begins now: after the last row that was pruned, as the event with the number `event` says. */
export interface Anchor extends Link {
  event: number
}

/** What verification found: `broken` is the first row that is not as it was written, and what is to be said of it. */
export interface Verification {
  /** Rows of the chain that are whole. */
  events: number
  /** Rows from before there was a chain, of which nothing can be said. */
  unchained: number
  newest: Link
  broken?: { seq: number; fault: string }
}

/**
 * What of an event its hash covers, the same text whichever engine it was read from: a JSON array without blanks, the time in
 * milliseconds since the epoch, the members of `detail` by name.
 */
export const eventText = ({ at, action, actor, subject, clientId, ip, detail }: AuditEvent) =>
  JSON.stringify([at.getTime(), action, actor, subject, clientId, ip, detail], Object.keys(detail).sort())

/** The place of a new row: the number after the newest row's, and the SHA-256 of that row's hash and of `text`. */
export function link(tx: Db, { audit, sha256 }: Schema, text: string | Placeholder) {
  const newest = tx.select({ hash: audit.hash }).from(audit).orderBy(desc(audit.seq)).limit(1)
  return {
    seq: sql<number>`coalesce(${tx.select({ seq: max(audit.seq) }).from(audit)}, 0) + 1`,
    hash: sha256(sql`coalesce(${newest}, '') || ${text}`)
  }
}

/**
 * Follows the chain from its anchor to its newest row, a page at a time; `next` gives the rows after a number. `noted` is a
 * place that has to be in it.
 */
export async function verifyChain(
  { anchor, next }: { anchor: () => Promise<Anchor>; next: (after: number) => Promise<AuditRow[]> },
  noted?: Link
): Promise<Verification> {
  for (;;) {
    const from = await anchor()
    const found = await follow(from, next, noted)
    // Pruning takes rows away while we read, and says so.
    if (!found.broken || (await anchor()).event === from.event) return found
  }
}

async function follow(
  anchor: Anchor,
  next: (after: number) => Promise<AuditRow[]>,
  noted?: Link
): Promise<Verification> {
  const found = { events: 0, unchained: 0, newest: { seq: anchor.seq, hash: anchor.hash } }
  const broken = (seq: number, fault: string) => ({ ...found, broken: { seq, fault } })
  const isOther = ({ seq, hash }: Link) => [anchor, noted].some(known => known?.seq === seq && known.hash !== hash)

  if (noted && noted.seq < anchor.seq) return broken(noted.seq, 'was pruned, so that nothing can be said of it')
  if (isOther(anchor)) return broken(anchor.seq, 'has another hash than was noted')
  let isFirst = true
  for (let rows = await next(0); rows.length > 0; rows = await next(found.newest.seq)) {
    for (const row of rows) {
      // What an interrupted pruning left begins with a row whose predecessor is gone.
      const isRest = isFirst && row.seq <= anchor.seq
      if (!isRest && row.seq !== found.newest.seq + 1) return broken(found.newest.seq + 1, 'is missing')
      if (!isRest && !follows(row, found.newest)) return broken(row.seq, 'was changed, or the one before it')
      found.newest = { seq: row.seq, hash: row.hash ?? '' }
      if (isOther(found.newest)) return broken(row.seq, 'has another hash than was noted')
      found[row.hash === null ? 'unchained' : 'events']++
      isFirst = false
    }
  }
  const { seq } = found.newest
  return noted && noted.seq > seq ? broken(noted.seq, `is missing: the trail ends with event ${seq}`) : found
}

/** Rows without a hash are from before the chain: nothing but others of their kind may come before them. */
const follows = (row: AuditRow, before: Link) =>
  row.hash === null ? before.hash === '' : row.hash === hash('sha256', before.hash + eventText(row))
