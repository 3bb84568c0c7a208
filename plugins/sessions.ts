import fp from 'fastify-plugin'
import { createSessions, type Sessions } from '../src/auth/sessions/sessions.ts'
import type { Config } from '../src/config/config.ts'
import { every } from '../src/recurring.ts'

// `app.sessions`: logins, one row each; those that ended a day ago are deleted every hour.
declare module 'fastify' {
  interface FastifyInstance {
    sessions: Sessions
  }
}

const pruneEveryMs = 3_600_000
const countEveryMs = 60_000

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const sessions = createSessions({ store: app.db.sessions, config, ...app.clock })
    app.decorate('sessions', sessions)

    let [count, countedAt] = [0, Number.NEGATIVE_INFINITY]
    let counting: Promise<number> | undefined
    async function recount() {
      count = await sessions.countLive()
      countedAt = performance.now()
      return count
    }
    async function countNowAndThen() {
      if (performance.now() - countedAt < countEveryMs) return count
      counting ??= recount().finally(() => {
        counting = undefined
      })
      return await counting
    }
    const help = 'Logins that have not ended; counted once a minute at the most'
    app.metrics.gauge('sallyport_sessions', help, countNowAndThen, 'max')

    const stop = every(pruneEveryMs, sessions.prune, error =>
      app.log.warn({ err: error }, 'ended sessions could not be deleted')
    )
    app.addHook('onClose', stop)
  },
  { name: 'sessions', dependencies: ['clock', 'db', 'metrics'] }
)
