import type { Fault } from '../fault.ts'

/** A new signing key, which signs at once or when clients know it. */
export const keysRotated: Fault = {
  name: 'signing key rotated',
  async run({ service, random }) {
    await service.command(['keys', 'rotate', ...(random.below(2) === 0 ? ['--now'] : [])])
  }
}

/**
 * The nodes restart with the second secret as the first, and everything that the old one encrypted is encrypted again.
 */
export const secretRotated: Fault = {
  name: 'secret changed',
  endsProcesses: true,
  interrupts: true,
  async run({ service }) {
    service.swapSecrets()
    await service.restart()
    await service.command(['secret', 'rotate'])
  }
}
