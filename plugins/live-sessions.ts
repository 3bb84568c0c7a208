import fp from 'fastify-plugin'

// The gauge `sallyport_sessions`: the number of live sessions.
const countEveryMs = 60_000

export default fp(
  async app => {
    let [count, countedAt] = [0, Number.NEGATIVE_INFINITY]
    let counting: Promise<number> | undefined
    async function recount() {
      count = await app.sessions.countLive()
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
    const help = 'Active logins, counted at most once a minute'
    app.metrics.gauge('sallyport_sessions', help, countNowAndThen, 'max')
  },
  { name: 'live-sessions', dependencies: ['metrics', 'services'] }
)
