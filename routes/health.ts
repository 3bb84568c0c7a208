import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Problem } from '../src/base/errors.ts'
import { problems } from './refusals.ts'

const unavailable = 'The database is unavailable. Try again in a moment.'

const Health = Type.Object({ status: Type.Literal('ok') }, { title: 'Health', description: 'The check succeeded' })

const health: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/livez',
    {
      config: { otel: false },
      schema: {
        operationId: 'getLiveness',
        summary: 'Check whether the process is running',
        description: 'Checks nothing else. Restart a process that does not respond.',
        tags: ['health'],
        security: [],
        response: { 200: Health, ...problems(400) }
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
        summary: 'Check whether the server accepts requests',
        description:
          'Succeeds when the database responds, a PostgreSQL database accepts writes, and the server is not shutting down. Do not route requests to the server while this returns 503.',
        tags: ['health'],
        security: [],
        response: { 200: Health, ...problems(400, 503) }
      }
    },
    async function getReadiness() {
      if (app.drain.hasBegun)
        throw new Problem('temporarily_unavailable', 'The server is shutting down.', {
          headers: { 'Retry-After': '1' }
        })
      await app.db.ping().catch(cause => {
        // Also for a damaged file, which is no 503 elsewhere.
        throw new Problem('temporarily_unavailable', unavailable, { headers: { 'Retry-After': '1' }, cause })
      })
      return { status: 'ok' as const }
    }
  )
}

export default health
