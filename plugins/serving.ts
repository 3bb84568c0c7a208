import fp from 'fastify-plugin'

// `app.whenServing(start)`: runs `start` once the service takes requests, and not in commands, which only use it. The
// service takes requests when it listens or, when it is mounted in another app, after that app calls
// `app.beginServing()`. A `start` that fails is logged with `complaint` and does not keep the others from running.
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
      // Work that begins after the others have stopped would never stop.
      if (isClosing) return
      begun ??= Promise.all(starts.map(start => start()))
      await begun
    })
    app.addHook('onListen', app.beginServing)
    // Runs before any plugin stops, so that each finds what it started.
    app.addHook('preClose', async () => {
      isClosing = true
      await begun
    })
  },
  { name: 'serving' }
)
