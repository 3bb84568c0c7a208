import fp from 'fastify-plugin'
import { atMostEvery } from '../src/at-most-every.ts'

// `app.liveSessions()`: the number of live sessions, counted at most once a minute. The gauge `sallyport_sessions`.
declare module 'fastify' {
  interface FastifyInstance {
    liveSessions(): Promise<number>
  }
}

const minuteMs = 60_000

export default fp(
  async app => {
    const liveSessions = atMostEvery(minuteMs, app.sessions.countLive)
    app.decorate('liveSessions', liveSessions)
    app.metrics.gauge('sallyport_sessions', 'Active logins, counted at most once a minute', liveSessions, 'max')
  },
  { name: 'live-sessions', dependencies: ['metrics', 'services'] }
)
