import { type Anchor, type Fault, faultOf, type Link, linkOf, noChain } from './chain.ts'
import type { AuditRow } from './events.ts'

/** A step of pruning: it deletes the rows up to the number `through`, and the chain then begins after `place`. */
export interface Step {
  through: number
  place: Link
}

/** The rows that can be pruned, and the first fault among them. */
export interface Prunable {
  from: Anchor
  /** In order, each of at most one page. */
  steps: Step[]
  broken?: Fault
}

/**
 * Finds the rows at the beginning of the table that are all older than `before`, and verifies the chain up to the first
 * younger row with a hash, because rows without one may be the remains of a chain. The newest row is never included,
 * because the chain continues from it. Rows before the chain are judged by their age alone, because the event that says
 * they were pruned may be forged.
 */
export async function findPrunable(
  from: Anchor,
  before: Date,
  next: (after?: number) => Promise<AuditRow[]>
): Promise<Prunable> {
  const found: Prunable = { from, steps: [] }
  let areOld = true
  let place = linkOf(from)
  let old: Step | undefined
  let last: AuditRow | undefined
  for (let rows = await next(); rows.length > 0; rows = await next(last?.seq)) {
    let step: Step | undefined
    for (const row of rows) {
      step = old ?? step
      last = row
      const fault = faultOf(row, place)
      if (fault) found.broken ??= fault
      if (row.seq > from.seq) place = linkOf(row)
      // A number past 53 bits cannot be queried. Such a row has to be deleted manually.
      areOld &&= row.at < before && Number.isSafeInteger(row.seq)
      old = areOld ? { through: row.seq, place } : undefined
      if (!areOld && row.hash !== null) break
    }
    if (step && step.through !== found.steps.at(-1)?.through) found.steps.push(step)
    if (!areOld && last?.hash !== null) return found
  }
  if (last?.hash === null) found.broken ??= { seq: last.seq, fault: noChain }
  return found
}
