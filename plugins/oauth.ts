import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createIntrospection } from '../src/auth/tokens/introspection.ts'
import { createMetadata } from '../src/auth/tokens/metadata.ts'
import { createPasswordChange } from '../src/auth/tokens/password-change.ts'
import { createRefreshTokens } from '../src/auth/tokens/refresh-tokens.ts'
import { createResources } from '../src/auth/tokens/resources.ts'
import { createRevocation } from '../src/auth/tokens/revocation.ts'
import { createTokenEndpoint, type RequestContext, type TokenEndpoint } from '../src/auth/tokens/token-endpoint.ts'
import { createTokenResponses } from '../src/auth/tokens/token-response.ts'
import type { Config } from '../src/config/config.ts'

// `app.oauth`: the OAuth endpoints, without HTTP, and the change of a password, which issues tokens too.
// `request.requestContext()`: the request data that they need.
declare module 'fastify' {
  interface FastifyInstance {
    oauth: TokenEndpoint &
      ReturnType<typeof createRevocation> &
      ReturnType<typeof createPasswordChange> &
      ReturnType<typeof createIntrospection> & { metadata: ReturnType<typeof createMetadata> }
  }
  interface FastifyRequest {
    requestContext(reply: FastifyReply): RequestContext
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { users, clients, sessions, accessTokens, throttle, auditEvents, extensions } = app
    const refreshTokens = createRefreshTokens(config.secret)
    const tokenResponse = createTokenResponses({ accessTokens, refreshTokens })
    const issuing = { users, clients, sessions, extensions, tokenResponse }
    const deps = { config, clients, sessions, accessTokens, refreshTokens, throttle, auditEvents }

    async function sessionOf(token: string) {
      const id = refreshTokens.decode(token)?.sessionId
      if (id === undefined) return (await accessTokens.authenticate(token))?.session
      return (await sessions.find(id))?.session
    }

    app.decorate('oauth', {
      ...createTokenEndpoint({ ...deps, ...issuing, resources: createResources(config), record: app.db.audit.record }),
      ...createPasswordChange(issuing),
      ...createRevocation({ ...deps, sessionOf }),
      ...createIntrospection({ ...deps, now: app.clock.now }),
      metadata: createMetadata(config)
    })
    app.decorateRequest('requestContext', function requestContext(this: FastifyRequest, reply: FastifyReply) {
      return {
        authorization: this.headers.authorization,
        ip: this.ip,
        userAgent: this.headers['user-agent'] ?? null,
        // A getter, because only password checks need the signal, and creating it has a cost.
        get signal() {
          return reply.disconnected()
        }
      }
    })
  },
  { name: 'oauth', dependencies: ['db', 'services', 'disconnected', 'jwt'] }
)
