import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { needsRecentLogin, problems } from './refusals.ts'
import {
  account,
  ifMatch,
  linkToNext,
  needs,
  newCredentials,
  nullable,
  page,
  pageQuery,
  patchOf,
  patchTypes,
  Sessions,
  User
} from './shapes.ts'

const UsersQuery = Type.Object(
  {
    ...pageQuery,
    q: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 254,
        pattern: '^[^\\u0000]*$',
        description: 'The beginning of the username or e-mail address'
      })
    ),
    disabled: Type.Optional(
      Type.Boolean({ description: 'Only disabled accounts (true) or only enabled accounts (false)' })
    ),
    invited: Type.Optional(
      Type.Boolean({
        description: 'Only accounts that are invited, and have no password yet (true), or only the others'
      })
    ),
    sort: Type.Optional(
      Type.Unsafe<'username' | 'newest'>({
        type: 'string',
        enum: ['username', 'newest'],
        description: 'By username, or the newest first: an imported account is as new as its import'
      })
    )
  },
  { title: 'UsersQuery', additionalProperties: false }
)

const AccountChange = Type.Object(
  {
    disabled: Type.Optional(
      Type.Boolean({ description: 'true ends all logins and rejects new ones', examples: [true] })
    ),
    scopes: Type.Optional(
      Type.Array(Type.String({ maxLength: 256 }), {
        maxItems: 100,
        description: 'The scopes that the account may be granted; your access token must have each scope that you add',
        examples: [['me', 'users:read']]
      })
    ),
    claims: patchOf(User.properties.claims)
  },
  { title: 'AccountChange', additionalProperties: false, minProperties: 1 }
)
export type AccountChange = Static<typeof AccountChange>

export type ProfileCorrection = Static<typeof ProfileCorrection>
const ProfileCorrection = Type.Object(
  {
    username: Type.Optional(newCredentials.username),
    email: Type.Optional(
      Type.String({
        format: 'email',
        maxLength: 254,
        description: 'The owner confirms it',
        examples: ['alice@example.com']
      })
    ),
    full_name: Type.Optional(
      nullable(Type.String({ maxLength: 256, description: 'null removes it', examples: ['Alice Liddell'] }))
    )
  },
  { title: 'ProfileCorrection', additionalProperties: false, minProperties: 1 }
)

const id = Type.String({ format: 'uuid', description: 'The id of the account' })
const params = Type.Object({ id })
const sessionParams = Type.Object({ id, session: Type.String({ format: 'uuid', description: 'The id of the login' }) })

const administration: FastifyPluginAsyncTypebox = async app => {
  const readers = app.authenticate('users:read')
  const writers = [app.authenticate('users:write'), app.administration]
  const reading = { tags: ['administration'], security: needs('users:read') }
  const writing = { tags: ['administration'], security: needs('users:write') }

  app.get(
    '/users',
    {
      onRequest: readers,
      schema: {
        ...reading,
        operationId: 'listUsers',
        summary: 'List accounts, sorted by username or the newest first',
        description:
          'With `q`, returns only accounts whose username or e-mail address begins with it. With `q`, `disabled` or `invited`, one request searches twenty thousand accounts, so a page can have fewer items than `limit`, or none, and still have a `next_cursor`.',
        querystring: UsersQuery,
        response: { 200: page(User, 'Users', 'A page of accounts'), ...problems(400, 401, 403, 503) }
      }
    },
    async function listUsers(request, reply) {
      const found = await app.userAdmin.page(request.query)
      return reply.headers(linkToNext(request.query, found.next_cursor)).send(found)
    }
  )

  app.get(
    '/users/:id',
    {
      onRequest: readers,
      schema: {
        ...reading,
        operationId: 'getUser',
        summary: 'Get an account',
        description: 'The id of an account is the `sub` of its access tokens.',
        params,
        response: { 200: account('The account'), ...problems(400, 401, 403, 404, 414, 503) }
      }
    },
    async function getUser(request, reply) {
      const user = await app.userAdmin.byId(request.params.id)
      return reply.header('ETag', app.users.version(user)).send(app.users.describe(user))
    }
  )

  app.patch(
    '/users/:id',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'updateUser',
        summary: 'Disable or enable an account, or change its scopes or claims',
        description: `A merge patch (RFC 7396). A disabled account cannot log in. You can only grant scopes that your own access token has. To enable an account or to change its claims, your token needs each of its scopes that is not a default scope. The last administrator cannot be disabled or demoted. Changed claims are in introspection and at the endpoints of this server at once, and in access tokens from the next refresh. ${needsRecentLogin}`,
        consumes: patchTypes,
        params,
        headers: ifMatch,
        body: AccountChange,
        response: {
          200: account('The account after the change'),
          ...problems(400, 401, 403, 404, 409, 412, 413, 414, 415, 429, 503)
        }
      }
    },
    async function updateUser(request, reply) {
      const { params, body, headers } = request
      const by = request.administrator()
      const user = await app.userAdmin.update(params.id, body, by, headers['if-match'])
      return reply.header('ETag', app.users.version(user)).send(app.users.describe(user))
    }
  )

  app.patch(
    '/users/:id/profile',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'correctProfile',
        summary: 'Correct the name or the address of an account',
        description: `A verified address stays in force until the owner has confirmed the new one, and receives a notice that can undo the change. An account that is invited is invited at the new address. Your token needs each scope of the account that is not a default scope. ${needsRecentLogin}`,
        consumes: patchTypes,
        params,
        headers: ifMatch,
        body: ProfileCorrection,
        response: {
          200: account('The account after the change'),
          ...problems(400, 401, 403, 404, 409, 412, 413, 414, 415, 429, 503)
        }
      }
    },
    async function correctProfile(request, reply) {
      const { params, body, headers } = request
      const user = await app.correctProfile(params.id, body, request.administrator(), headers['if-match'])
      return reply.header('ETag', app.users.version(user)).send(app.users.describe(user))
    }
  )

  app.delete(
    '/users/:id',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'deleteUser',
        summary: 'Delete an account and end its logins',
        description: `Everything about the account is deleted, except its events in the audit trail, which keep its id, times and IP addresses until they are older than \`AUDIT_RETENTION\`. The last administrator cannot be deleted. ${needsRecentLogin}`,
        params,
        response: {
          204: { type: 'null', description: 'The account is deleted' },
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function deleteUser(request, reply) {
      const user = await app.userAdmin.byId(request.params.id)
      await app.userAdmin.remove(user, request.administrator())
      return reply.code(204).send()
    }
  )

  app.get(
    '/users/:id/sessions',
    {
      onRequest: readers,
      schema: {
        ...reading,
        operationId: 'listUserSessions',
        summary: 'List the logins of an account',
        description: 'Returns its active logins. `current` is true only for the login of your own access token.',
        params,
        response: { 200: Sessions, ...problems(400, 401, 403, 404, 414, 503) }
      }
    },
    async function listUserSessions(request) {
      const rows = await app.userAdmin.sessions(request.params.id)
      return { items: rows.map(row => app.sessions.describe(row, request.caller.session.id)) }
    }
  )

  app.delete(
    '/users/:id/sessions/:session',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'endUserSession',
        summary: 'End one login of an account',
        description: `This server rejects its access tokens at once. Other services accept them until they expire. ${needsRecentLogin}`,
        params: sessionParams,
        response: {
          204: { type: 'null', description: 'The login has ended' },
          ...problems(400, 401, 403, 404, 413, 414, 415, 429, 503)
        }
      }
    },
    async function endUserSession(request, reply) {
      const { id, session } = request.params
      await app.userAdmin.endSession(id, session, request.administrator())
      return reply.code(204).send()
    }
  )

  app.delete(
    '/users/:id/sessions',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'endUserSessions',
        summary: 'End all logins of an account',
        description: `This server rejects its access tokens at once. Other services accept them until they expire. ${needsRecentLogin}`,
        params,
        response: {
          204: { type: 'null', description: 'The logins have ended' },
          ...problems(400, 401, 403, 404, 413, 414, 415, 429, 503)
        }
      }
    },
    async function endUserSessions(request, reply) {
      await app.userAdmin.endSessions(request.params.id, request.administrator())
      return reply.code(204).send()
    }
  )

  app.post(
    '/users/:id/password/reset',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'resetUserPassword',
        summary: 'Invalidate the password of an account and end its logins',
        description: `The server mails a link to choose a new password to the verified e-mail address or, if the account has never been used, to an unverified one. For an account that is invited, the message is a new invitation, and earlier ones no longer work. Otherwise no link is mailed: set a new password with \`sallyport users set-password\`. After ten resets of an account, or ten messages to an unverified address, one an hour is possible: a further one changes nothing, and the response is 429. ${needsRecentLogin}`,
        params,
        response: {
          202: { type: 'null', description: 'The owner must choose a new password' },
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function resetUserPassword(request, reply) {
      await app.userAdmin.resetPassword(request.params.id, request.administrator())
      return reply.code(202).send()
    }
  )
}

export default administration
