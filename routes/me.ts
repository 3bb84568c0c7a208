import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../src/errors.ts'
import { needs, problems, ref, Session, User } from './shapes.ts'

const Profile = Type.Object(
  {
    email: Type.Optional(
      Type.Union([Type.String({ format: 'email', maxLength: 254 }), Type.Null()], {
        description: 'A new address is unverified; null removes it',
        examples: ['alice@example.com']
      })
    ),
    full_name: Type.Optional(
      Type.Union([Type.String({ maxLength: 256 }), Type.Null()], {
        description: 'null removes it',
        examples: ['Alice Pleasance Liddell']
      })
    )
  },
  { title: 'ProfileChange', additionalProperties: false, minProperties: 1 }
)

const PasswordChange = Type.Object(
  {
    current_password: Type.String({ format: 'password', examples: ['correct horse battery staple'] }),
    new_password: Type.String({ format: 'password', examples: ['purple monkey dishwasher lamp'] })
  },
  { title: 'PasswordChange', additionalProperties: false }
)

const Sessions = Type.Object({ items: Type.Array(ref(Session)) }, { title: 'Sessions' })

/** The user of the request. A client's own token has none and can have no account. */
function userOf({ auth }: FastifyRequest) {
  if (!auth.user) throw new Problem(403, "This access token is a client's own: it has no account.")
  return auth.user
}

const me: FastifyPluginAsyncTypebox = async app => {
  const onRequest = app.authenticate('me')
  const secured = { tags: ['account'], security: needs('me') }

  app.get(
    '/users/me',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'getMe',
        summary: 'Your account',
        response: { 200: ref(User, { description: 'Your account' }), ...problems(400, 401, 403, 503) }
      }
    },
    async function getMe(request) {
      return app.users.describe(userOf(request))
    }
  )

  app.patch(
    '/users/me',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'updateMe',
        summary: 'Change your account',
        body: Profile,
        response: {
          200: ref(User, { description: 'Your account after the change' }),
          ...problems(400, 401, 403, 409, 413, 415, 503)
        }
      }
    },
    async function updateMe(request) {
      const { id } = userOf(request)
      return app.users.describe(await app.users.updateProfile(id, request.body, { actor: id, ip: request.ip }))
    }
  )

  app.put(
    '/users/me/password',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'changePassword',
        summary: 'Change your password; every other login ends',
        body: PasswordChange,
        response: {
          204: { type: 'null', description: 'The password is changed' },
          ...problems(400, 401, 403, 409, 413, 415, 503)
        }
      }
    },
    async function changePassword(request, reply) {
      const user = userOf(request)
      const { current_password, new_password } = request.body
      if (!(await app.passwords.verify(current_password, user.passwordHash))) {
        throw new Problem(403, 'The current password is wrong.', {
          errors: [{ pointer: '/current_password', detail: 'is wrong' }]
        })
      }
      const origin = { actor: user.id, ip: request.ip, keepSession: request.auth.session.id, pointer: '/new_password' }
      await app.users.setPassword(user, new_password, origin)
      return reply.code(204).send()
    }
  )

  app.get(
    '/users/me/sessions',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'listMySessions',
        summary: 'Your logins',
        response: { 200: Sessions, ...problems(400, 401, 403, 503) }
      }
    },
    async function listMySessions(request) {
      const rows = await app.sessions.ofUser(userOf(request).id)
      return { items: rows.map(row => app.sessions.describe(row, request.auth.session.id)) }
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
        querystring: Type.Object({
          all: Type.Optional(Type.Boolean({ default: false, description: 'End this login too' }))
        }),
        response: { 204: { type: 'null', description: 'They have ended' }, ...problems(400, 401, 403, 503) }
      }
    },
    async function endMySessions(request, reply) {
      await app.sessions.endAll(userOf(request).id, request.query.all ? undefined : request.auth.session.id)
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
        params: Type.Object({ id: Type.String({ format: 'uuid', description: 'The id of the login' }) }),
        response: { 204: { type: 'null', description: 'It has ended' }, ...problems(400, 401, 403, 404, 503) }
      }
    },
    async function endMySession(request, reply) {
      await app.sessions.endOwn(userOf(request).id, request.params.id)
      return reply.code(204).send()
    }
  )
}

export default me
