import fp from 'fastify-plugin'

// `app.drain`: graceful shutdown. After `begin()` the server still handles every request, but `/readyz` responds with
// 503 and every response closes its connection, so that a proxy switches to another node before this one stops.
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
