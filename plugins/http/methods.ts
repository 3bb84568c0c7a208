import type { FastifyRequest, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../../src/errors.ts'

// `app.refuseOtherMethods()`: responds with 405 and `Allow` (RFC 9110 §15.5.6) to the other methods of every route.
// `app.urls()`: the URLs of all routes. Register the plugin before the routes, and call both after the last route.
declare module 'fastify' {
  interface FastifyInstance {
    refuseOtherMethods(): void
    urls(): string[]
  }
}

/** The HTTP methods that the server supports. */
export const methods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export default fp(
  async app => {
    const known = new Map<string, { methods: Set<string>; oauth: boolean }>()

    app.addHook('onRoute', ({ url, method, config }) => {
      const entry = known.get(url) ?? { methods: new Set(), oauth: config?.oauth === true }
      for (const name of [method].flat()) entry.methods.add(name)
      known.set(url, entry)
    })

    app.decorate('urls', () => [...known.keys()])
    app.decorate('refuseOtherMethods', () => {
      for (const [url, { methods: given, oauth }] of [...known]) {
        // Skips the second route, with a trailing slash, that Fastify adds for a prefix.
        if (url.endsWith('/') && url !== '/') continue
        const allow = [...given].join(', ')
        const refuse = async (request: FastifyRequest) => {
          throw new Problem('method_not_allowed', `${request.method} is not allowed here. Use ${allow}.`, {
            headers: { Allow: allow }
          })
        }
        app.route({
          method: methods.filter(method => !given.has(method)),
          url: url.slice(app.prefix.length) || '/',
          config: { oauth },
          schema: { hide: true },
          exposeHeadRoute: false,
          // Runs before the body is parsed. Fastify also requires a handler.
          onRequest: refuse,
          handler: refuse
        })
      }
    })
  },
  { name: 'methods' }
)
