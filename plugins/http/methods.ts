import type { FastifyRequest, HTTPMethods } from 'fastify'
import fp from 'fastify-plugin'
import { Problem } from '../../src/base/errors.ts'

// Responds with 405 and `Allow` (RFC 9110 §15.5.6) to the other methods of every route, and with 404 to other URLs, both
// before a body is read. `app.urls()`: the URLs of all routes. Register the plugin before the routes, and call
// `app.refuseOtherMethods()` after the last route.
declare module 'fastify' {
  interface FastifyInstance {
    refuseOtherMethods(): void
    urls(): string[]
  }
}

/** The HTTP methods that the server supports. */
export const methods: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

interface Known {
  url: string
  path: RegExp
  methods: Set<string>
  oauth: boolean
}

export default fp(
  async app => {
    const known = new Map<string, Known>()
    let isComplete = false

    app.addHook('onRoute', ({ url, method, config }) => {
      if (isComplete) return
      const entry = known.get(url) ?? { url, path: pathOf(url), methods: new Set(), oauth: config?.oauth === true }
      for (const name of [method].flat()) entry.methods.add(name)
      known.set(url, entry)
    })
    app.addHook('onRequest', (request, _reply, done) => done(request.is404 ? refusalOf(request) : undefined))

    function refusalOf({ method, url }: FastifyRequest) {
      const path = String(url.split(/[?#]/, 1))
      const entry = known.get(path) ?? [...known.values()].find(entry => entry.path.test(path))
      return entry ? methodRefusal(method, entry) : new Problem('not_found', 'This URL does not exist.')
    }

    app.decorate('urls', () => [...known.keys()])
    app.decorate('refuseOtherMethods', () => {
      isComplete = true
      const all = [...known.values()]
      for (const entry of all) {
        const example = entry.url.replace(/:\w+|\*/g, 'x')
        // A route of its own where the router would take one with a parameter, and for the errors of OAuth.
        const refused = methods.filter(
          name =>
            !entry.methods.has(name) &&
            (entry.oauth || all.some(({ path, methods }) => methods.has(name) && path.test(example)))
        )
        if (refused.length === 0) continue
        const refuse = async ({ method }: FastifyRequest) => {
          throw methodRefusal(method, entry)
        }
        app.route({
          method: refused,
          url: entry.url,
          config: { oauth: entry.oauth },
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

/** Matches the paths of a route's URL. */
const pathOf = (url: string) =>
  new RegExp(
    `^${url
      .replace(/[.+?^$()|[\]\\]/g, '\\$&')
      .replace(/:\w+/g, '[^/]+')
      .replace('*', '.*')}$`
  )

function methodRefusal(method: string, entry: Known) {
  const allow = [...entry.methods].join(', ')
  return new Problem('method_not_allowed', `${method} is not allowed here. Use ${allow}.`, {
    headers: { Allow: allow }
  })
}
