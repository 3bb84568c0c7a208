import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { Problem } from '../src/errors.ts'
import { needsRecentLogin, problems } from './refusals.ts'
import { needs, newCredentials, nullable, ref, User } from './shapes.ts'

export type Registration = Static<typeof Registration>
const Registration = Type.Object(
  {
    ...newCredentials,
    password: Type.Optional(newCredentials.password),
    email: Type.Optional(nullable(Type.String({ format: 'email', maxLength: 254, examples: ['alice@example.com'] }))),
    full_name: Type.Optional(nullable(Type.String({ maxLength: 256, examples: ['Alice Liddell'] }))),
    data: Type.Optional(User.properties.data),
    claims: Type.Optional(User.properties.claims)
  },
  {
    title: 'Registration',
    additionalProperties: false,
    // Bruno ignores the examples of members.
    example: {
      username: 'alice',
      password: 'correct horse battery staple',
      email: 'alice@example.com',
      full_name: 'Alice Liddell'
    }
  }
)

/** `registration: 'closed'` turns `POST /users` into a 403. `issuerPath` is the path of the issuer, for `Location`. */
const users: FastifyPluginAsyncTypebox<{ registration: 'open' | 'closed'; issuerPath: string }> = async (
  app,
  options
) => {
  const { registration, issuerPath } = options
  app.post(
    '/users',
    {
      schema: {
        operationId: 'registerUser',
        summary: 'Create an account',
        description: `Available to anyone while registration is open, and always with an access token with the scope \`users:write\`. Log in afterwards with \`POST /token\`. With \`EMAIL_CODES=on\`, a registration with an \`email\` may omit the password: the account logs in with codes in the mail once the address is verified. With an access token and an \`email\`, \`password\` may be missing: the account is then invited, which mails its address a link to choose the password. The link works for 7 days. The response does not reveal whether another account has the e-mail address. With an access token: ${needsRecentLogin}`,
        tags: ['account'],
        security: [{}, ...needs('users:write')],
        body: Registration,
        response: {
          201: {
            description: 'The new account',
            headers: { Location: { type: 'string', description: 'URL of the account' } },
            content: { 'application/json': { schema: ref(User) } }
          },
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      },
      onRequest: async request => {
        if (request.headers.authorization !== undefined) {
          request.caller = await app.callerOf(request, { scopes: ['users:write'] })
          app.reauthentication.assertRecent(request.caller)
          app.throttle.administration(request.caller.claims.sub)
        } else if (registration === 'closed')
          throw new Problem(403, 'Registration is closed. Ask an administrator for an account.')
      }
    },
    async function registerUser(request, reply) {
      if (request.body.claims && !request.caller)
        throw new Problem(403, 'Only administrators set claims: send an access token with the scope users:write.')
      const by = request.caller ? request.administrator() : { ip: request.ip }
      const user = await app.users.register(request.body, { ...by, signal: reply.disconnected() })
      return reply.code(201).header('Location', `${issuerPath}/users/${user.id}`).send(app.users.describe(user))
    }
  )
}

export default users
