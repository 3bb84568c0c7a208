import type { createRandom } from '../../test/support/faults.ts'
import type { Fault } from './fault.ts'
import { backup } from './faults/backup.ts'
import { clockSteps } from './faults/clock.ts'
import { diskFull, syncsFail } from './faults/disk.ts'
import { nodeKilled, rollingRestart, upgradeAndBack, workerKilled } from './faults/ends.ts'
import { connectionsCut, postgresCrashed } from './faults/postgres.ts'
import { keysRotated, secretRotated } from './faults/rotation.ts'
import type { Engine } from './options.ts'

const both = [nodeKilled, rollingRestart, upgradeAndBack, clockSteps, keysRotated, secretRotated]

/** The faults of each engine. */
export const faultsOf: Record<Engine, Fault[]> = {
  sqlite: [...both, workerKilled, diskFull, syncsFail, backup],
  postgres: [...both, connectionsCut, postgresCrashed]
}

/** The faults in random order, each once. */
export function shuffled(faults: Fault[], random: ReturnType<typeof createRandom>): Fault[] {
  const left = [...faults]
  return faults.map(() => left.splice(random.below(left.length), 1)[0] as Fault)
}
