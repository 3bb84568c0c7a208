import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'

// `app.onDemand(urls, routes)`: answers GET requests for `urls` with the plugin `routes`, which is loaded at the first
// of them. Most processes never show such pages, and their packages take time and memory to load. The plugin runs in a
// server of its own that does not listen; the hooks and the error handler of `app` apply to its responses.
declare module 'fastify' {
  interface FastifyInstance {
    onDemand(urls: string[], routes: FastifyPluginAsync): void
  }
}

export default fp(
  async app => {
    app.decorate('onDemand', function (this: FastifyInstance, urls: string[], routes: FastifyPluginAsync) {
      let loaded: Promise<FastifyInstance> | undefined
      for (const path of urls) {
        this.get(path, { schema: { hide: true } }, async ({ url, headers }, reply) => {
          loaded ??= load(routes).catch(error => {
            // The next request tries again.
            loaded = undefined
            throw error
          })
          // Always a GET: Fastify itself leaves the body out of the response to a HEAD.
          const answer = await (await loaded).inject({ url, headers, payloadAsStream: true })
          if (answer.statusCode === 404) return reply.callNotFound()
          const body = answer.stream()
          // When the client goes away, the server closes the file that it reads.
          body.once('close', () => answer.raw.res.destroy())
          return reply.code(answer.statusCode).headers(answer.raw.res.getHeaders()).send(body)
        })
      }
    })
  },
  { name: 'on-demand' }
)

async function load(routes: FastifyPluginAsync) {
  const server = Fastify()
  // `inject` rejects with the error, and the error handler of the app answers.
  server.setErrorHandler((error: Error, _request, reply) => void reply.hijack().raw.destroy(error))
  await server.register(routes)
  await server.ready()
  return server
}
