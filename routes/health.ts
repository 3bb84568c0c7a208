import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Problem } from '../src/errors.ts'
import { problems } from './refusals.ts'

const Health = Type.Object({ status: Type.Literal('ok') }, { title: 'Health', description: 'All is well' })

const health: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/livez',
    {
      config: { otel: false },
      schema: {
        operationId: 'getLiveness',
        summary: 'Whether the process is up',
        description: 'Checks nothing else: restart a process that does not answer.',
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
      config: { otel: false },
      schema: {
        operationId: 'getReadiness',
        summary: 'Whether the server takes requests',
        description: 'The database answers, and the server is not stopping. Send it no requests while this is 503.',
        tags: ['health'],
        security: [],
        response: { 200: Health, ...problems(503) }
      }
    },
    async function getReadiness() {
      if (app.drain.hasBegun) throw new Problem(503, 'The server is stopping.', { headers: { 'Retry-After': '1' } })
      await app.db.ping()
      return { status: 'ok' as const }
    }
  )
}

export default health
