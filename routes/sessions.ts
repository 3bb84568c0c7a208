import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { needs, Sessions } from './shapes.ts'

const sessions: FastifyPluginAsyncTypebox = async app => {
  const onRequest = app.authenticate('me')
  const secured = { tags: ['account'], security: needs('me') }

  app.get(
    '/users/me/sessions',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'listMySessions',
        summary: 'List your logins',
        description: 'Returns your active logins, including the current one.',
        response: { 200: Sessions, ...problems(400, 401, 403, 503) }
      }
    },
    async function listMySessions(request) {
      const rows = await app.sessions.ofUser(request.account().id)
      return { items: rows.map(row => app.sessions.describe(row, request.caller.session.id)) }
    }
  )

  app.delete(
    '/users/me/sessions',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'endMySessions',
        summary: 'Log out everywhere else, or everywhere',
        description:
          'This server rejects the access tokens of ended logins at once. Other services accept them until they expire.',
        querystring: Type.Object({
          all: Type.Optional(Type.Boolean({ default: false, description: 'Also end the current login' }))
        }),
        response: {
          204: { type: 'null', description: 'The logins have ended' },
          ...problems(400, 401, 403, 413, 415, 429, 503)
        }
      }
    },
    async function endMySessions(request, reply) {
      const keep = request.query.all ? undefined : request.caller.session.id
      await app.sessions.endAll(request.account().id, { keep, ip: request.ip })
      return reply.code(204).send()
    }
  )

  app.delete(
    '/users/me/sessions/:id',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'endMySession',
        summary: 'End one of your logins',
        description: 'You can also end the current login.',
        params: Type.Object({ id: Type.String({ format: 'uuid', description: 'The id of the login' }) }),
        response: {
          204: { type: 'null', description: 'The login has ended' },
          ...problems(400, 401, 403, 404, 413, 414, 415, 503)
        }
      }
    },
    async function endMySession(request, reply) {
      await app.sessions.endOne(request.account().id, request.params.id, { ip: request.ip })
      return reply.code(204).send()
    }
  )
}

export default sessions
