import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problems } from './shapes.ts'

const Health = Type.Object({ status: Type.Literal('ok') }, { title: 'Health', description: 'All is well' })

const health: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/livez',
    {
      schema: {
        operationId: 'getLiveness',
        summary: 'Whether the process is up',
        tags: ['health'],
        security: [],
        response: { 200: Health }
      }
    },
    async function getLiveness() {
      return { status: 'ok' as const }
    }
  )

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether the database answers',
        tags: ['health'],
        security: [],
        response: { 200: Health, ...problems(503) }
      }
    },
    async function getReadiness() {
      await app.db.ping()
      return { status: 'ok' as const }
    }
  )
}

export default health
