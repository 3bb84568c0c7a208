import fp from 'fastify-plugin'

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

/**
 * Returns `read`, whose result is kept for `periodMs` milliseconds. Concurrent callers share one read. A read that
 * fails is not kept.
 */
function atMostEvery<T>(periodMs: number, read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined
  let startedAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (reading && performance.now() - startedAt < periodMs) return reading
    startedAt = performance.now()
    reading = read()
    reading.catch(() => {
      reading = undefined
    })
    return reading
  }
}
