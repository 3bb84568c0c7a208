import type { Clock } from '../core/clock.ts'
import type { Node } from './node.ts'

const mostEvents = 1000

/** Seals events once a second on one node, up to a thousand in each list. */
export function createSeals(clock: Clock, node: Pick<Node, 'seal'>) {
  let unsealed = 0
  let most = 0

  function sealAll() {
    const events = Math.min(unsealed, mostEvents)
    if (events === 0) return clock.after(1, sealAll)
    node.seal(events, () => {
      unsealed -= events
      if (unsealed >= mostEvents) sealAll()
      else clock.after(1, sealAll)
    })
  }
  clock.after(1, sealAll)

  return {
    /** An event was recorded. */
    add() {
      unsealed++
      most = Math.max(most, unsealed)
    },
    /** The largest number of events that waited for a seal. */
    most: () => most
  }
}
