import fp from 'fastify-plugin'

// Headers of every answer: nothing is cached unless its route says otherwise, and nobody guesses at content types.
export default fp(
  async app => {
    app.addHook('onRequest', async (request, reply) => {
      reply.header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff')
      // RFC 6749 §5.1 still asks for it.
      if (request.routeOptions.config.oauth) reply.header('Pragma', 'no-cache')
    })
  },
  { name: 'headers' }
)
