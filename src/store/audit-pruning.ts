import type { AuditRow } from './audit.ts'
import { type Anchor, type Fault, faultOf, type Link, linkOf, noChain } from './audit-chain.ts'

/** What can be pruned, and what is wrong with it. */
export interface Prunable {
  from: Anchor
  /** The last row of each step, in their order. */
  ends: Link[]
  broken?: Fault
}

/**
 * Looks for the rows at the beginning of the chain that are all from before `before`, and follows the chain over them and the
 * next, up to a row with a hash: those without one could be what is left of a chain. The newest row is not among them, for the
 * chain goes on from it. Rows that have no place in the chain go with the first step.
 */
export async function findPrunable(
  from: Anchor,
  before: Date,
  next: (after?: number) => Promise<AuditRow[]>
): Promise<Prunable> {
  const found: Prunable = { from, ends: [] }
  let areOld = true
  let place = linkOf(from)
  let old: Link | undefined
  let last: AuditRow | undefined
  for (let rows = await next(); rows.length > 0; rows = await next(last?.seq)) {
    let end: Link | undefined
    for (const row of rows) {
      last = row
      const fault = faultOf(row, place)
      if (fault) found.broken ??= fault
      if (row.seq <= from.seq) {
        end = linkOf(from)
        continue
      }
      end = old ?? end
      place = linkOf(row)
      areOld &&= row.at < before
      old = areOld ? place : undefined
      if (!areOld && row.hash !== null) break
    }
    if (end && end.seq !== found.ends.at(-1)?.seq) found.ends.push(end)
    if (!areOld && last?.hash !== null) return found
  }
  if (last?.hash === null) found.broken ??= { seq: last.seq, fault: noChain }
  return found
}
