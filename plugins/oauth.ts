import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { RequestContext } from '../src/auth/request-context.ts'
import type { Config } from '../src/config/config.ts'
import { pathOfTarget } from '../src/wire/dpop/htu.ts'
import { createOAuth, type OAuth } from '../src/wiring/oauth.ts'

// `app.oauth`: the OAuth endpoints of src/wiring/oauth.ts. `request.requestContext()`: the request data that they need.
declare module 'fastify' {
  interface FastifyInstance {
    oauth: OAuth
  }
  interface FastifyRequest {
    requestContext(reply: FastifyReply): RequestContext
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    app.decorate('oauth', createOAuth(app, { config, onRefresh: app.metrics.refreshed }))
    app.decorateRequest('requestContext', function requestContext(this: FastifyRequest, reply: FastifyReply) {
      const { headers, method } = this
      reply.headers(app.dpop.nonceHeaders(headers))
      return {
        dpop: headers.dpop as string | undefined,
        method,
        url: config.issuer + pathOfTarget(this.url),
        authorization: headers.authorization,
        ...this.visitor(),
        userAgent: headers['user-agent'] ?? null,
        disconnected: () => reply.disconnected()
      }
    })
  },
  { name: 'oauth', dependencies: ['metrics', 'db', 'services', 'disconnected', 'visitor', 'jwt'] }
)
