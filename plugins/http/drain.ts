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
        // A hook would also run for every request before.
        app.server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'))
      }
    }
    app.decorate('drain', drain)
  },
  { name: 'drain' }
)
