import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { needsTwoFactorLogin, problems } from './refusals.ts'
import { account, ifMatch, needs, patchOf, patchTypes, ref, TokenResponse, User } from './shapes.ts'

export type ProfileChange = Static<typeof ProfileChange>
const ProfileChange = Type.Object(
  {
    email: Type.Optional(
      Type.Union([Type.String({ format: 'email', maxLength: 254 }), Type.Null()], {
        description:
          'A new address needs confirmation by a mailed link, and until then a verified one stays in force; null removes the address and a pending one',
        examples: ['alice@example.com']
      })
    ),
    full_name: Type.Optional(
      Type.Union([Type.String({ maxLength: 256 }), Type.Null()], {
        description: 'null removes the name',
        examples: ['Alice Pleasance Liddell']
      })
    ),
    locale: Type.Optional(User.properties.locale),
    data: patchOf(User.properties.data),
    current_password: Type.Optional(
      Type.String({
        format: 'password',
        description: 'Confirms a new or removed `email` unless you have logged in within the last 10 minutes',
        examples: ['correct horse battery staple']
      })
    )
  },
  { title: 'ProfileChange', additionalProperties: false, minProperties: 1 }
)

export type PasswordChange = Static<typeof PasswordChange>
const PasswordChange = Type.Object(
  {
    current_password: Type.String({ format: 'password', examples: ['correct horse battery staple'] }),
    new_password: Type.String({ format: 'password', examples: ['purple monkey dishwasher lamp'] })
  },
  { title: 'PasswordChange', additionalProperties: false }
)

export type AccountDeletion = Static<typeof AccountDeletion>
const AccountDeletion = Type.Object(
  {
    current_password: Type.Optional(
      Type.String({
        format: 'password',
        description: 'Required if the account has a password',
        examples: ['correct horse battery staple']
      })
    )
  },
  { title: 'AccountDeletion', additionalProperties: false }
)

const me: FastifyPluginAsyncTypebox = async app => {
  const onRequest = app.authenticate('me')
  const withTwoFactors = [onRequest, app.twoFactorLogin]
  const secured = { tags: ['account'], security: needs('me') }

  app.get(
    '/users/me',
    {
      onRequest,
      schema: {
        ...secured,
        operationId: 'getMe',
        summary: 'Get your account',
        description: 'Returns the account that the access token belongs to.',
        response: { 200: account('Your account'), ...problems(400, 401, 403, 503) }
      }
    },
    async function getMe(request, reply) {
      const user = request.account()
      reply.header('ETag', app.users.version(user))
      return app.users.describe(user)
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
        description:
          'A merge patch (RFC 7396): omitted members do not change. The username cannot be changed. A new or removed e-mail address needs `current_password` or a login within the last 10 minutes, and two factors if the account has a second factor; otherwise the response is 401 with `error="insufficient_user_authentication"` (RFC 9470 §3). The response does not reveal whether another account has the address.',
        consumes: patchTypes,
        headers: ifMatch,
        body: ProfileChange,
        response: {
          200: account('Your account after the change'),
          ...problems(400, 401, 403, 404, 409, 412, 413, 415, 429, 503)
        }
      }
    },
    async function updateMe(request, reply) {
      const { id } = request.account()
      const by = { ...request.owner(), signal: reply.disconnected(), session: request.caller.session }
      const user = await app.users.updateProfile(id, request.body, by, request.headers['if-match'])
      return reply.header('ETag', app.users.version(user)).send(app.users.describe(user))
    }
  )

  app.delete(
    '/users/me',
    {
      onRequest: withTwoFactors,
      schema: {
        ...secured,
        operationId: 'deleteMe',
        summary: 'Delete your account and end all of its logins',
        description: `Requires the current password, or for an account without a password a login of the last 10 minutes. ${needsTwoFactorLogin} Everything about the account is deleted, except its events in the audit trail, which keep its id, times and IP addresses until they are older than \`AUDIT_RETENTION\`.`,
        body: AccountDeletion,
        response: {
          204: { type: 'null', description: 'Your account is deleted' },
          ...problems(400, 401, 403, 404, 409, 413, 415, 429, 503)
        }
      }
    },
    async function deleteMe(request, reply) {
      const owner = { user: request.account(), session: request.caller.session }
      const origin = { ...request.owner(), signal: reply.disconnected() }
      await app.userAdmin.removeOwn(owner, request.body, origin)
      return reply.code(204).send()
    }
  )

  app.put(
    '/users/me/password',
    {
      onRequest: withTwoFactors,
      schema: {
        ...secured,
        operationId: 'changePassword',
        summary: 'Change your password',
        description: `Requires the current password. ${needsTwoFactorLogin} Every login ends, including the current one, and all their tokens are refused at once. A new login of the same client and scope begins, which ends when this one would have, and the response has its tokens.`,
        body: PasswordChange,
        response: {
          200: ref(TokenResponse, { description: 'The password is changed; the tokens of the new login' }),
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      }
    },
    async function changePassword(request, reply) {
      const user = request.account()
      // RFC 6749 §5.1
      reply.header('Pragma', 'no-cache')
      return await app.oauth.changePassword({ ...request.caller, user }, request.body, request.requestContext(reply))
    }
  )
}

export default me
