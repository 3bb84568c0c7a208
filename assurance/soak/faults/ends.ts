import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { timeUntil } from '../../../test/support/faults.ts'
import { select } from '../../../test/support/select.ts'
import { nextVersion, programIn, writeNextVersion } from '../../support/next-version.ts'
import type { Fault } from '../fault.ts'
import type { Service } from '../service.ts'

/** How long a node is away at most, in milliseconds. */
const longestMs = 1500
/** A slow machine starts slowly. */
const longestStartMs = 120_000

/** A node ends with all of its processes, and starts a moment later. */
export const nodeKilled: Fault = {
  name: 'kill -9 of a node',
  endsProcesses: true,
  interrupts: true,
  async run({ service: { nodes }, random }) {
    const node = nodes[random.below(nodes.length)]
    await node?.kill()
    await sleep(random.below(longestMs))
    await node?.start()
  }
}

/** The supervisor replaces a worker that has died. */
export const workerKilled: Fault = {
  name: 'kill -9 of a worker',
  endsProcesses: true,
  interrupts: true,
  logs: /a worker died; starting another/,
  async run({ service: { nodes }, random }) {
    for (const node of nodes) {
      const workers = node.workers()
      const victim = Number(workers[random.below(workers.length)])
      process.kill(victim, 'SIGKILL')
      const isReplaced = () => !node.workers().includes(victim) && node.workers().length === workers.length
      await timeUntil(async () => isReplaced(), longestStartMs)
    }
  }
}

/** Every node drains and starts again, as in an upgrade. */
export const rollingRestart: Fault = {
  name: 'SIGTERM and restart',
  endsProcesses: true,
  interrupts: true,
  run: ({ service }) => service.restart()
}

/** Each node is replaced by the next version, which migrates the database, and then by this version again. */
export const upgradeAndBack: Fault = {
  name: 'upgrade, and back',
  endsProcesses: true,
  interrupts: true,
  async run({ service, load }) {
    const folder = join(service.folder, 'next')
    if (!existsSync(folder)) writeNextVersion(folder)
    await service.restart(programIn(folder))
    await load.worked()
    if (!(await hasNext(service))) throw new Error('The next version does not run')
    await service.restart()
    if (await hasNext(service)) throw new Error('The next version still runs')
  }
}

/** Whether a process of the next version runs on a database that it has migrated. */
async function hasNext({ databaseUrl }: Service): Promise<boolean> {
  const running = await select(databaseUrl, 'SELECT version, (SELECT count(*) FROM next) FROM nodes')
  return running.some(({ version }) => version === nextVersion)
}
