import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

const openapi: FastifyPluginAsyncTypebox = async app => {
  let document: string | undefined

  app.get('/openapi.json', { schema: { hide: true } }, async function getOpenApi(_request, reply) {
    // Serialized once, because the document does not change and takes longer than any other response.
    document ??= JSON.stringify(app.swagger())
    return reply.type('application/json; charset=utf-8').send(document)
  })
}

export default openapi
