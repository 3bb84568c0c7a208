import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../fault.ts'

/** How long a node is away at most, in milliseconds. */
const longestMs = 1500

export const nodeKilled: Fault = {
  name: 'kill -9 of a node',
  endsProcesses: true,
  // The workers may live a moment longer than their supervisor.
  async run({ service: { nodes }, random }) {
    const node = nodes[random.below(nodes.length)]
    await node?.kill()
    await sleep(random.below(longestMs))
    await node?.start()
  }
}

export const workerKilled: Fault = {
  name: 'kill -9 of a worker',
  endsProcesses: true,
  logs: /a worker died; starting another/,
  async run({ service: { nodes }, random }) {
    for (const node of nodes) {
      const workers = node.workers()
      process.kill(Number(workers[random.below(workers.length)]), 'SIGKILL')
      while (node.workers().length < workers.length) await sleep(50)
    }
  }
}

export const rollingRestart: Fault = {
  name: 'SIGTERM and restart',
  endsProcesses: true,
  run: ({ service }) => service.restart()
}
