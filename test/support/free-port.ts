import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Each process of a test run has ports of its own, below those that the system chooses for other programs. */
let last = 11_000 + 2_000 * Number(process.env.TAP_JOB_ID ?? 9) + randomInt(1_000)

/** A port that is free, for programs that need their port before they listen. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ++last
    const server = createServer()
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    await new Promise(resolve => server.close(resolve))
    if (isFree) return port
  }
}
