import type { FastifyPluginAsync } from 'fastify'

const cacheControl = 'public, max-age=3600'

/** `text` is the operator's file. The route is for people, so the OpenAPI document does not have it. */
const securityTxt: FastifyPluginAsync<{ text: string }> = async (app, { text }) => {
  app.get('/.well-known/security.txt', { schema: { hide: true } }, async function getSecurityTxt(_request, reply) {
    reply.headers({ 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': cacheControl })
    return text
  })
}

export default securityTxt
