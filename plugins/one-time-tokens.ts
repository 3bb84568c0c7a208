import fp from 'fastify-plugin'
import { createOneTimeTokens, type OneTimeTokens } from '../src/auth/mail/one-time-tokens.ts'
import { every } from '../src/recurring.ts'

// `app.oneTimeTokens`: what links in messages hold; those that have expired are deleted every hour.
declare module 'fastify' {
  interface FastifyInstance {
    oneTimeTokens: OneTimeTokens
  }
}

const pruneEveryMs = 3_600_000

export default fp(
  async app => {
    const tokens = createOneTimeTokens({ store: app.db.oneTimeTokens, now: app.clock.now })
    app.decorate('oneTimeTokens', tokens)

    const stop = every(pruneEveryMs, tokens.prune, error =>
      app.log.warn({ err: error }, 'expired links could not be deleted')
    )
    app.addHook('onClose', stop)
  },
  { name: 'one-time-tokens', dependencies: ['clock', 'db'] }
)
