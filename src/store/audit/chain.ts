import { hash } from 'node:crypto'
import { desc, max, type Placeholder, sql } from 'drizzle-orm'
import type { Db, Schema } from '../engine/dialect.ts'
import type { AuditEvent, AuditRow } from './events.ts'

/** A place in the chain; the hash is empty where the chain had not begun. */
export interface Link {
  seq: number
  hash: string
}

/** Where the chain begins now: after the last row that was pruned. `event` is the newest that says where, believed or not. */
export interface Anchor extends Link {
  event: number
}

/** A row that is not as it was written, and what is to be said of it. */
export interface Fault {
  seq: number
  fault: string
}

/** What verification found: `broken` is the first row that is not as it was written. */
export interface Verification {
  /** Rows of the chain that are whole. */
  events: number
  /** Rows from before there was a chain, of which nothing can be said. */
  unchained: number
  newest: Link
  broken?: Fault
}

/** The rows after a number, or from the first on, some at a time; none after the newest. */
type Next = (after?: number) => Promise<AuditRow[]>

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
 * Follows the chain from its anchor to its newest row, a page at a time. `noted` is a place that has to be in it. Every row is
 * looked at, those too that have no place in the chain.
 */
export const verifyChain = (deps: { anchor: () => Promise<Anchor>; next: Next }, noted?: Link): Promise<Verification> =>
  fromAnchor(deps.anchor, from => follow(from, deps.next, noted))

/** What `look` finds from the anchor on. When something is wrong, and the anchor another one by then, it looks again. */
export async function fromAnchor<T extends { broken?: Fault }>(
  anchor: () => Promise<Anchor>,
  look: (from: Anchor) => Promise<T>
): Promise<T> {
  for (;;) {
    const from = await anchor()
    const found = await look(from)
    // Pruning takes rows away while we read, and says so in the same transaction.
    if (!found.broken || (await anchor()).event === from.event) return found
  }
}

async function follow(anchor: Anchor, next: Next, noted?: Link): Promise<Verification> {
  const found = { events: 0, unchained: 0, newest: linkOf(anchor) }
  const broken = (fault: Fault) => ({ ...found, broken: fault })
  const otherThanNoted = ({ seq, hash }: Link) =>
    noted?.seq === seq && noted.hash !== hash ? { seq, fault: 'has another hash than was noted' } : undefined

  if (noted && noted.seq < anchor.seq)
    return broken({ seq: noted.seq, fault: 'was pruned, so that nothing can be said of it' })
  const pruned = otherThanNoted(found.newest)
  if (pruned) return broken(pruned)
  let last: AuditRow | undefined
  for (let rows = await next(); rows.length > 0; rows = await next(last?.seq)) {
    for (const row of rows) {
      const fault = faultOf(row, found.newest) ?? otherThanNoted(linkOf(row))
      if (fault) return broken(fault)
      found.newest = linkOf(row)
      found[row.hash === null ? 'unchained' : 'events']++
      last = row
    }
  }
  const { seq } = found.newest
  if (last?.hash === null) return broken({ seq, fault: noChain })
  return noted && noted.seq > seq
    ? broken({ seq: noted.seq, fault: `is missing: the trail ends with event ${seq}` })
    : found
}

/** Whether a row has what every event has; one that was changed by hand may have no time, or a detail that is not JSON. */
export const isReadable = ({ seq, at, detail }: Pick<AuditRow, 'seq' | 'at' | 'detail'>) =>
  Number.isSafeInteger(seq) && at.getTime() >= 0 && at.getUTCFullYear() <= 9999 && isDetail(detail)

const isDetail = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isPlain)

const isPlain = (value: unknown) => ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)

/** The place of a row, or of what says where one is. */
export const linkOf = ({ seq, hash }: Pick<AuditRow, 'seq' | 'hash'>): Link => ({ seq, hash: hash ?? '' })

/**
 * Where the chain begins, as `row` says, an `audit.pruned`; `undefined` when that cannot be believed: it does not follow
 * `before`, the row with the number before its own, or says that this one was pruned as well, which is never true of the newest.
 */
export function anchorIn(row: AuditRow, before: AuditRow | undefined): Link | undefined {
  const { seq, hash } = row.detail ?? {}
  const isPlace = typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 && typeof hash === 'string'
  return isPlace && before && seq < before.seq && row.hash !== null && follows(row, linkOf(before))
    ? { seq, hash }
    : undefined
}

/** What is wrong with a row that comes after `before`; `undefined` when it follows. */
export function faultOf(row: AuditRow, before: Link): Fault | undefined {
  const { seq } = row
  if (seq <= before.seq) return { seq, fault: `has no place in the chain, which begins with event ${before.seq + 1}` }
  if (seq > before.seq + 1) return { seq: before.seq + 1, fault: 'is missing' }
  if (!isReadable(row)) return { seq, fault: 'has a time or a detail that cannot be read' }
  return follows(row, before) ? undefined : { seq, fault: 'was changed, or the one before it' }
}

/** Of a newest row that has no hash, as all rows are whose hashes somebody took away. */
export const noChain = 'has no hash, and none comes after it: the chain has not begun, or was removed'

/** Rows without a hash are from before the chain: nothing but others of their kind may come before them. */
const follows = (row: AuditRow, before: Link) =>
  row.hash === null ? before.hash === '' : row.hash === hash('sha256', before.hash + eventText(row))
