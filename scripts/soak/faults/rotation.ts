import type { Fault } from '../fault.ts'

export const keysRotated: Fault = {
  name: 'signing key rotated',
  async run({ service, random }) {
    await service.command(['keys', 'rotate', ...(random.below(2) === 0 ? ['--now'] : [])])
  }
}

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
