import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { Problem } from '../src/errors.ts'
import { problems } from './refusals.ts'
import { nullable, ref, User } from './shapes.ts'

export type Registration = Static<typeof Registration>
const Registration = Type.Object(
  {
    username: Type.String({
      minLength: 1,
      maxLength: 256,
      description: '1 to 64 characters without @; lower-cased, NFKC',
      examples: ['alice']
    }),
    password: Type.String({
      format: 'password',
      description:
        '15 characters or more, unless the server is set otherwise; at most 1,024 bytes; not one that would be guessed first, and without the username, the e-mail address or the name of the service',
      examples: ['correct horse battery staple']
    }),
    email: Type.Optional(nullable(Type.String({ format: 'email', maxLength: 254, examples: ['alice@example.com'] }))),
    full_name: Type.Optional(nullable(Type.String({ maxLength: 256, examples: ['Alice Liddell'] })))
  },
  { title: 'Registration', additionalProperties: false }
)

/** `registration: 'closed'` turns `POST /users` into a 403. `issuerPath` is the path before every URL. */
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
        summary: 'Make an account',
        description: 'For anyone, while registration is open. Log in afterwards with `POST /token`.',
        tags: ['account'],
        security: [],
        body: Registration,
        response: {
          201: {
            description: 'The new account',
            headers: { Location: { type: 'string', description: 'Where the account is' } },
            content: { 'application/json': { schema: ref(User) } }
          },
          ...problems(400, 403, 409, 413, 415, 429, 503)
        }
      },
      onRequest: async () => {
        if (registration === 'closed')
          throw new Problem(403, 'Registration is closed: ask an administrator for an account.')
      }
    },
    async function registerUser(request, reply) {
      const user = await app.users.register(request.body, { ip: request.ip, signal: reply.disconnected() })
      return reply.code(201).header('Location', `${issuerPath}/users/${user.id}`).send(app.users.describe(user))
    }
  )
}

export default users
