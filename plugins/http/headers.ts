import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { responseHeaders } from '../../src/base/http/response-headers.ts'

// Sets the headers of every response. Responses are not cached unless the route says otherwise.
export default fp<{ issuer: string }>(
  async (app, { issuer }) => {
    const setHeaders = createSetHeaders(issuer)
    app.addHook('onRequest', (request, reply, done) => {
      setHeaders(request, reply)
      // RFC 6749 §5.1
      if (request.routeOptions.config.oauth) reply.header('Pragma', 'no-cache')
      done()
    })
  },
  { name: 'headers' }
)

/** Returns a function that sets the headers of every response, for requests that fail before any hook runs. */
export function createSetHeaders(issuer: string) {
  const headers = responseHeaders(issuer)
  return ({ id }: FastifyRequest, reply: FastifyReply) => reply.headers(headers).header('x-request-id', id)
}
