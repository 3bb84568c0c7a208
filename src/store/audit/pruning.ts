import { type Anchor, type Fault, faultOf, type Link, linkOf, noChain } from './chain.ts'
import type { AuditRow } from './events.ts'

/** What one step deletes, the rows up to the number `through`, and the place after which the chain begins then. */
export interface Step {
  through: number
  place: Link
}

/** What can be pruned, and what is wrong with it. */
export interface Prunable {
  from: Anchor
  /** In their order, none of more than a page. */
  steps: Step[]
  broken?: Fault
}

/**
 * Looks for the rows at the beginning of the table that are all from before `before`, and follows the chain over them and the
 * next, up to a row with a hash: those without one could be what is left of a chain. The newest row is not among them, for the
 * chain goes on from it. Rows that have no place in the chain come first, and count like others: what says that they were pruned
 * may be forged, and their age is all that there is to go by.
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
      // A number past 53 bits cannot be named in a query: such a row stays until somebody deletes it by hand.
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
