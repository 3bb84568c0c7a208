import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { acceptedLocales } from '../src/auth/account/locale.ts'

// `request.visitor()`: the origin of a request, known without an access token.
declare module 'fastify' {
  interface FastifyRequest {
    visitor(): Visitor
  }
}

interface Visitor {
  /** Null where the request comes through a Unix socket. */
  ip: string | null
  /** A function, because reading the header has a cost. */
  locale: () => string | null
}

export default fp(
  async app => {
    app.decorateRequest('visitor', function visitor(this: FastifyRequest) {
      return {
        ip: this.ip ?? null,
        locale: () => app.texts.preferred(acceptedLocales(this.headers['accept-language']))
      }
    })
  },
  { name: 'visitor', dependencies: ['texts'] }
)
