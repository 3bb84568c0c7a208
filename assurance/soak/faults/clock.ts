import { setTimeout as sleep } from 'node:timers/promises'
import { noClock } from '../clock-file.ts'
import type { Fault } from '../fault.ts'

/** Less than the minute that the server tolerates between its clock and that of PostgreSQL. */
const longestStepSeconds = 25

/** The clock of a node steps ahead and back, or back and ahead. */
export const clockSteps: Fault = {
  name: 'clock steps',
  missing: noClock,
  async run({ service: { nodes }, random }) {
    const node = nodes[random.below(nodes.length)]
    for (const direction of random.below(2) === 0 ? [1, -1] : [-1, 1]) {
      node?.clock.step(direction * (1 + random.below(longestStepSeconds)))
      await sleep(2000)
    }
    node?.clock.step(0)
  }
}
