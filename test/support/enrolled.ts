import type { Test } from 'tap'
import { createUser } from './app.ts'
import { createClock } from './clocks.ts'
import { enrol } from './second-factor.ts'
import { startServer } from './server.ts'

/** A server on a socket with alice, who has an authenticator app, and whose clock stands still. */
export async function startWithFactor(t: Test) {
  const clock = createClock()
  const server = await startServer(t, {}, clock.now)
  const alice = await createUser(server.app)
  const factor = await enrol({ app: server.app, clock })
  return { ...server, clock, alice, factor }
}
