import fp from 'fastify-plugin'

// `app.whenServing(start)`: runs `start` once the service takes requests, and not in commands, which only use it. That is when
// it listens, or, where it does not because it is mounted in another app, when that app says so by `app.beginServing()`. One that
// fails is logged with `complaint`, and keeps no other from its start.
declare module 'fastify' {
  interface FastifyInstance {
    whenServing(start: () => unknown, complaint: string): void
    beginServing(): Promise<void>
  }
}

export default fp(
  async app => {
    const starts: (() => Promise<void>)[] = []
    let begun: Promise<unknown> | undefined
    let isClosing = false

    app.decorate('whenServing', (start, complaint) => {
      starts.push(async () => {
        try {
          await start()
        } catch (error) {
          app.log.error({ err: error }, complaint)
        }
      })
    })
    app.decorate('beginServing', async () => {
      // What begins after the others have stopped would never stop.
      if (isClosing) return
      begun ??= Promise.all(starts.map(start => start()))
      await begun
    })
    app.addHook('onListen', app.beginServing)
    // Before any plugin stops, so that each finds what it has begun.
    app.addHook('preClose', async () => {
      isClosing = true
      await begun
    })
  },
  { name: 'serving' }
)
