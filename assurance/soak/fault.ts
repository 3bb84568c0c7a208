import type { createRandom } from '../../test/support/faults.ts'
import type { Load } from './load.ts'
import type { Service } from './service.ts'
import type { Teardowns } from './teardowns.ts'

/** The service and the load that a fault acts on. */
export interface World {
  service: Service
  load: Load
  random: ReturnType<typeof createRandom>
  teardowns: Teardowns
}

/** Something that may happen to a running service at any time, and must cost nothing that was acknowledged. */
export interface Fault {
  name: string
  /** Why it cannot come here. */
  missing?: string | undefined
  /** Whether it ends processes of the service. */
  endsProcesses?: boolean
  /** Whether requests may get no answer, or 503. */
  interrupts?: boolean
  /** The errors that the service may log because of it. Without, it may log none. */
  logs?: RegExp
  /** Resolves when it is over. Throws when something besides the load is wrong. */
  run(world: World): Promise<void>
}
