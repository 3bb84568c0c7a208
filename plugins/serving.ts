import fp from 'fastify-plugin'

// `app.whenServing(start, complaint)`: runs `start` when the service begins to accept requests, which is when it
// listens or when the app that mounts it calls `app.beginServing()`. Commands never do. If `start` fails, the error is
// logged with the message `complaint`, and the other functions still run.
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
          app.logFailure('error', { err: error }, complaint)
        }
      })
    })
    app.decorate('beginServing', async () => {
      // Work that starts while the server closes would not be stopped.
      if (isClosing) return
      begun ??= Promise.all(starts.map(start => start()))
      await begun
    })
    app.addHook('onListen', app.beginServing)
    // Waits for the starts before any plugin closes, so that each plugin can stop what it started.
    app.addHook('preClose', async () => {
      isClosing = true
      await begun
    })
  },
  { name: 'serving', dependencies: ['outage'] }
)
