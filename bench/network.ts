import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { nextMessage } from './answer.ts'
import { stopWithAll } from './processes.ts'

const main = fileURLToPath(new URL('delay-proxy.ts', import.meta.url))

/** A way to a port on this machine with a longer round trip, and as much throughput. */
export interface Network {
  /** The port to connect to. */
  port: number
  /** Adds this to each round trip from now on. */
  add(roundTripMs: number): Promise<void>
  stop(): Promise<void>
}

/** Starts a process that forwards connections to `port`. */
export async function startNetwork(port: number): Promise<Network> {
  const child = fork(main, [String(port)])
  async function stop() {
    if (child.connected) child.disconnect()
  }
  stopWithAll(stop)
  const answer = () => nextMessage<number>(child, 'The delaying proxy')
  return {
    port: await answer(),
    async add(roundTripMs) {
      child.send(roundTripMs / 2)
      await answer()
    },
    stop
  }
}
