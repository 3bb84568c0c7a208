import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { Problem } from '../src/base/errors.ts'
import { needsRecentLogin, problems } from './refusals.ts'
import { needs, newAccount, newCredentials, nullable, User } from './shapes.ts'

export type Registration = Static<typeof Registration>
const Registration = Type.Object(
  {
    ...newCredentials,
    password: Type.Optional(newCredentials.password),
    email: Type.Optional(nullable(Type.String({ format: 'email', maxLength: 254, examples: ['alice@example.com'] }))),
    full_name: Type.Optional(nullable(Type.String({ maxLength: 256, examples: ['Alice Liddell'] }))),
    locale: Type.Optional(User.properties.locale),
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
        description: `Available to anyone while registration is open, and always to administrators, who send an access token with the scope \`users:write\`. The response does not reveal whether another account has the e-mail address. An administrator who gives an \`email\` and no \`password\` invites a person: a mailed link, which works for 7 days, chooses the password. Without \`SMTP_URL\`, nothing is mailed, and the response has the link, as \`invitation_link\`. With \`EMAIL_CODES=on\`, anyone who gives an \`email\` may omit the password, and logs in with codes in the mail once the address is verified. For administrators: ${needsRecentLogin}`,
        tags: ['account'],
        security: [{}, ...needs('users:write')],
        body: Registration,
        response: {
          201: newAccount,
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      },
      onRequest: async (request, reply) => {
        if (request.headers.authorization !== undefined) {
          request.caller = await app.callerOf(request, reply, { scopes: ['users:write'] })
          app.reauthentication.assertRecent(request.caller)
          await app.throttle.take('trusted', ['administrator', request.caller.claims.sub])
        } else if (registration === 'closed')
          throw new Problem('registration_closed', 'Registration is closed. Ask an administrator for an account.')
      }
    },
    async function registerUser(request, reply) {
      if (request.body.claims && !request.caller)
        throw new Problem(
          'insufficient_scope',
          'Only administrators set claims: send an access token with the scope users:write.'
        )
      const by = request.caller ? request.administrator() : request.visitor()
      const user = await app.users.register(request.body, { ...by, signal: reply.disconnected() })
      reply.code(201).headers({ Location: `${issuerPath}/users/${user.id}`, ETag: app.users.version(user) })
      const link = user.invitedAt ? await app.invitations.linkFor(user) : undefined
      return reply.send({ ...app.users.describe(user), ...(link !== undefined && { invitation_link: link }) })
    }
  )
}

export default users
