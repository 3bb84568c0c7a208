import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

// Headers of every answer: nothing is cached unless its route says otherwise, and nobody guesses at content types.
export default fp(
  async app => {
    app.addHook('onRequest', (request, reply, done) => {
      setHeaders(request, reply)
      // RFC 6749 §5.1 still asks for it.
      if (request.routeOptions.config.oauth) reply.header('Pragma', 'no-cache')
      done()
    })
  },
  { name: 'headers' }
)

/** Sets what every answer has; for those to requests that get no further than the server, where no hook runs. */
export const setHeaders = ({ id }: FastifyRequest, reply: FastifyReply) =>
  reply.headers({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Request-Id': id })
