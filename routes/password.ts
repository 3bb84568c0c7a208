import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'

const ForgottenPassword = Type.Object(
  { email: Type.String({ format: 'email', maxLength: 254, examples: ['alice@example.com'] }) },
  { title: 'ForgottenPassword', additionalProperties: false }
)

const PasswordReset = Type.Object(
  {
    token: Type.String({ description: 'The `token` of the link that was mailed' }),
    new_password: Type.String({ format: 'password', examples: ['purple monkey dishwasher lamp'] })
  },
  { title: 'PasswordReset', additionalProperties: false }
)

const password: FastifyPluginAsyncTypebox = async app => {
  app.post(
    '/password/forgot',
    {
      schema: {
        operationId: 'requestPasswordReset',
        summary: 'Have a link mailed to you that sets a new password',
        description:
          'The answer is the same whether an account has the address or not. Of the links asked for within an hour, only the first few are sent.',
        tags: ['account'],
        security: [],
        body: ForgottenPassword,
        response: {
          202: { type: 'null', description: 'If an account has this address, a message is on its way' },
          ...problems(400, 413, 415, 429, 503)
        }
      }
    },
    async function requestPasswordReset(request, reply) {
      await app.passwordReset.request(request.body.email, { ip: request.ip })
      return reply.code(202).send()
    }
  )

  app.post(
    '/password/reset',
    {
      schema: {
        operationId: 'resetPassword',
        summary: 'Set a new password with the token that was mailed; every login ends',
        description: 'For clients that have a page of their own; the link opens one of this server.',
        tags: ['account'],
        security: [],
        body: PasswordReset,
        response: { 204: { type: 'null', description: 'The password is set' }, ...problems(400, 413, 415, 503) }
      }
    },
    async function resetPassword(request, reply) {
      await app.passwordReset.complete(request.body, { ip: request.ip, signal: reply.disconnected() })
      return reply.code(204).send()
    }
  )
}

export default password
