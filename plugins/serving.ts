import fp from 'fastify-plugin'

// `app.whenServing(start)`: runs `start` once the service takes requests, and not in commands, which only use it. That is when
// it listens, or, where it does not because it is mounted in another app, when that app says so by `app.beginServing()`.
declare module 'fastify' {
  interface FastifyInstance {
    whenServing(start: () => unknown): void
    beginServing(): Promise<void>
  }
}

export default fp(
  async app => {
    const starts: (() => unknown)[] = []
    app.decorate('whenServing', start => void starts.push(start))
    app.decorate('beginServing', async () => {
      for (const start of starts) await start()
    })
    app.addHook('onListen', app.beginServing)
  },
  { name: 'serving' }
)
