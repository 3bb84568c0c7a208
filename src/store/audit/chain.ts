import { hash } from 'node:crypto'
import { desc, max, type Placeholder, sql } from 'drizzle-orm'
import type { Db, Schema } from '../engine/dialect.ts'
import type { AuditEvent, AuditRow } from './events.ts'

/** A place in the chain; the hash is empty before the chain begins. */
export interface Link {
  seq: number
  hash: string
}

/** Where the chain begins: at the last pruned row. `event` is the newest pruning event, credible or not. */
export interface Anchor extends Link {
  event: number
}

/** A row that differs from what was written, and the message about it. */
export interface Fault {
  seq: number
  fault: string
}

/** The result of a verification: `broken` is the first row that differs from what was written. */
export interface Verification {
  /** Intact rows of the chain. */
  events: number
  /** Rows older than the chain, which cannot be verified. */
  unchained: number
  newest: Link
  broken?: Fault
}

/** The rows after a number, or from the first on, one batch at a time; empty after the newest. */
type Next = (after?: number) => Promise<AuditRow[]>

/**
 * The part of an event that its hash covers, identical on both engines: a JSON array without whitespace, the time in
 * milliseconds since the epoch, the members of `detail` sorted by name.
 */
export const eventText = ({ at, action, actor, subject, clientId, ip, detail }: AuditEvent) =>
  JSON.stringify([at.getTime(), action, actor, subject, clientId, ip, detail], Object.keys(detail).sort())

/** The place of a new row: the number after the newest row's, and the SHA-256 of that row's hash followed by `text`. */
export function link(tx: Db, { audit, sha256 }: Schema, text: string | Placeholder) {
  const newest = tx.select({ hash: audit.hash }).from(audit).orderBy(desc(audit.seq)).limit(1)
  return {
    seq: sql<number>`coalesce(${tx.select({ seq: max(audit.seq) }).from(audit)}, 0) + 1`,
    hash: sha256(sql`coalesce(${newest}, '') || ${text}`)
  }
}

/**
 * Follows the chain from its anchor to its newest row, one page at a time. The chain must contain the place `noted`.
 * Rows outside the chain are checked too.
 */
export const verifyChain = (deps: { anchor: () => Promise<Anchor>; next: Next }, noted?: Link): Promise<Verification> =>
  fromAnchor(deps.anchor, from => follow(from, deps.next, noted))

/**
 * The result of `look` from the anchor on, repeated when it finds a fault and the anchor has moved meanwhile.
 */
export async function fromAnchor<T extends { broken?: Fault }>(
  anchor: () => Promise<Anchor>,
  look: (from: Anchor) => Promise<T>
): Promise<T> {
  for (;;) {
    const from = await anchor()
    const found = await look(from)
    // Pruning deletes rows while this reads, and records it in the same transaction.
    if (!found.broken || (await anchor()).event === from.event) return found
  }
}

async function follow(anchor: Anchor, next: Next, noted?: Link): Promise<Verification> {
  const found = { events: 0, unchained: 0, newest: linkOf(anchor) }
  const broken = (fault: Fault) => ({ ...found, broken: fault })
  const otherThanNoted = ({ seq, hash }: Link) =>
    noted?.seq === seq && noted.hash !== hash ? { seq, fault: 'has a different hash than expected' } : undefined

  if (noted && noted.seq < anchor.seq) return broken({ seq: noted.seq, fault: 'was pruned and cannot be verified' })
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

/** Whether a row is a complete event. One changed by hand may lack a valid time, or have a detail that is not JSON. */
export const isReadable = ({ seq, at, detail }: Pick<AuditRow, 'seq' | 'at' | 'detail'>) =>
  Number.isSafeInteger(seq) && at.getTime() >= 0 && at.getUTCFullYear() <= 9999 && isDetail(detail)

const isDetail = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isPlain)

const isPlain = (value: unknown) => ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)

/** The place of a row, or the place that a record names. */
export const linkOf = ({ seq, hash }: Pick<AuditRow, 'seq' | 'hash'>): Link => ({ seq, hash: hash ?? '' })

/**
 * The place where the chain begins according to `row`, an `audit.pruned` event. `undefined` when the row is not
 * credible: it does not follow `before`, the row with the preceding number, or it claims that `before` was pruned.
 */
export function anchorIn(row: AuditRow, before: AuditRow | undefined): Link | undefined {
  const { seq, hash } = row.detail ?? {}
  const isPlace = typeof seq === 'number' && Number.isSafeInteger(seq) && seq >= 0 && typeof hash === 'string'
  return isPlace && before && seq < before.seq && row.hash !== null && follows(row, linkOf(before))
    ? { seq, hash }
    : undefined
}

/** The fault of a row that comes after `before`; `undefined` when the row follows it. */
export function faultOf(row: AuditRow, before: Link): Fault | undefined {
  const { seq } = row
  if (seq <= before.seq) return { seq, fault: `is not part of the chain, which begins with event ${before.seq + 1}` }
  if (seq > before.seq + 1) return { seq: before.seq + 1, fault: 'is missing' }
  if (!isReadable(row)) return { seq, fault: 'has an invalid time or detail' }
  return follows(row, before) ? undefined : { seq, fault: 'was changed, or the event before it was' }
}

/** The fault of a newest row without a hash; all hashes may have been removed. */
export const noChain = 'has no hash, and no later event has one: the chain has not begun, or was removed'

/** Rows without a hash are older than the chain: only rows without a hash may precede them. */
const follows = (row: AuditRow, before: Link) =>
  row.hash === null ? before.hash === '' : row.hash === hash('sha256', before.hash + eventText(row))
