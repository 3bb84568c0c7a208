import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

// Sets the headers of every response. Responses are not cached unless the route says otherwise.
export default fp(
  async app => {
    app.addHook('onRequest', (request, reply, done) => {
      setHeaders(request, reply)
      // RFC 6749 §5.1
      if (request.routeOptions.config.oauth) reply.header('Pragma', 'no-cache')
      done()
    })
  },
  { name: 'headers' }
)

/** Sets the headers of every response. Call it for requests that fail before any hook runs. */
export const setHeaders = ({ id }: FastifyRequest, reply: FastifyReply) =>
  reply.headers({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Request-Id': id })
