import fp from 'fastify-plugin'

// `app.drain`: the way out. From `begin()` on everything is still served, but `/readyz` says 503 and every answer closes
// its connection, so that a proxy moves on to another node before this one stops listening.
declare module 'fastify' {
  interface FastifyInstance {
    drain: { hasBegun: boolean; begin(): void }
  }
}

export default fp(
  async app => {
    const drain = {
      hasBegun: false,
      begin() {
        drain.hasBegun = true
      }
    }
    app.decorate('drain', drain)
    app.addHook('onRequest', (_request, reply, done) => {
      if (drain.hasBegun) reply.header('Connection', 'close')
      done()
    })
  },
  { name: 'drain' }
)
