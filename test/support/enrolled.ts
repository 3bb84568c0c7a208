import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { createVerifiedUser } from './app.ts'
import { createClock } from './clocks.ts'
import { enrol } from './second-factor.ts'
import { startServer } from './server.ts'

/**
 * A server on a socket with alice, who has a verified address and an authenticator app, and whose clock stands still.
 * `mailed` is the code in the mail for an account, without a mail server.
 */
export async function startWithFactor(t: Test, settings: Partial<Config> = {}) {
  const clock = createClock()
  const server = await startServer(t, settings, clock.now)
  const alice = await createVerifiedUser(server.app)
  const factor = await enrol({ app: server.app, clock })
  const mailed = async (username: string) => {
    const user = await server.app.db.users.byUsername(username)
    return String(user && (await server.app.emailCodes.codeFor(user, String(user.email))))
  }
  return { ...server, clock, alice, factor, mailed }
}
