import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { Problem } from '../errors.ts'

/**
 * Answers GET requests for `urls` with the routes of a plugin that is loaded at the first of them: most processes never
 * show these pages, and their packages take time and memory to load. The plugin runs in a server of its own that does
 * not listen; the hooks of `app` apply to its responses.
 */
export function onDemand(app: FastifyInstance, urls: string[], load: () => Promise<FastifyPluginAsync>) {
  let pages: Promise<FastifyInstance> | undefined
  async function start() {
    const server = Fastify()
    await server.register(await load())
    await server.ready()
    return server
  }

  for (const url of urls) {
    app.get(url, { schema: { hide: true } }, async ({ method, raw, headers }, reply) => {
      pages ??= start()
      const page = await (await pages).inject({ method: method as 'GET' | 'HEAD', url: String(raw.url), headers })
      if (page.statusCode === 404) return reply.callNotFound()
      if (page.statusCode >= 400) throw new Problem(page.statusCode, page.json().message)
      // Whether the connection stays open is up to `app`.
      const { connection, date, ...own } = page.headers
      return reply.code(page.statusCode).headers(own).send(page.rawPayload)
    })
  }
}
