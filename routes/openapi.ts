import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

const openapi: FastifyPluginAsyncTypebox = async app => {
  const type = 'application/json; charset=utf-8'
  app.onDemand(
    ['/openapi.json'],
    async () => new Map([['/openapi.json', { type, body: JSON.stringify(app.swagger()) }]])
  )
}

export default openapi
