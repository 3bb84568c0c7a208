import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'

const ForgottenPassword = Type.Object(
  { email: Type.String({ format: 'email', maxLength: 254, examples: ['alice@example.com'] }) },
  { title: 'ForgottenPassword', additionalProperties: false }
)

export type PasswordReset = Static<typeof PasswordReset>
const PasswordReset = Type.Object(
  {
    token: Type.String({ description: 'The `token` parameter of the mailed link' }),
    new_password: Type.String({ format: 'password', examples: ['purple monkey dishwasher lamp'] }),
    delete_tokens: Type.Optional(
      Type.Boolean({ description: 'Whether to delete the personal access tokens of the account too; false by default' })
    ),
    unlink_identities: Type.Optional(
      Type.Boolean({
        description:
          'Whether to unlink all accounts elsewhere too, which can log in to the account otherwise; false by default'
      })
    )
  },
  { title: 'PasswordReset', additionalProperties: false }
)

export type PasswordRules = Static<typeof PasswordRules>
const PasswordRules = Type.Object(
  {
    min_length: Type.Integer({ description: 'The fewest characters, as Unicode code points', examples: [15] }),
    max_bytes: Type.Integer({ description: 'The most bytes in UTF-8', examples: [1024] }),
    excludes: Type.Array(Type.String(), {
      description: 'Names of the service that a password must not contain, in any case',
      examples: [['sallyport', 'auth', 'example']]
    })
  },
  { title: 'PasswordRules', description: 'The rules for new passwords' }
)

const password: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/password/rules',
    {
      schema: {
        operationId: 'getPasswordRules',
        summary: 'Get the rules for new passwords',
        description:
          'A form can check them while a person types. A password must also not be a common one, or one from a breach, or contain the username or the e-mail address; only the server checks that.',
        tags: ['account'],
        security: [],
        response: { 200: PasswordRules, ...problems(400, 503) }
      }
    },
    async function getPasswordRules() {
      return app.passwords.rules
    }
  )

  app.post(
    '/password/forgot',
    {
      schema: {
        operationId: 'requestPasswordReset',
        summary: 'Request a link that sets a new password',
        description:
          'A link is mailed only to a verified address. The response does not reveal whether an account has it. Only the first few links within an hour are sent.',
        tags: ['account'],
        security: [],
        body: ForgottenPassword,
        response: {
          202: {
            type: 'null',
            description: 'The request was accepted; if an account has verified this address, a link is mailed to it'
          },
          ...problems(400, 413, 415, 429, 503)
        }
      }
    },
    async function requestPasswordReset(request, reply) {
      await app.passwordReset.request(request.body.email, request.visitor())
      return reply.code(202).send()
    }
  )

  app.post(
    '/password/reset',
    {
      schema: {
        operationId: 'resetPassword',
        summary: 'Set a new password with the token of a mailed link',
        description:
          'All logins of the account end. Its personal access tokens stay, unless `delete_tokens` is true, and its accounts elsewhere stay linked, unless `unlink_identities` is. For clients with their own page. The mailed link opens a page of this server.',
        tags: ['account'],
        security: [],
        body: PasswordReset,
        response: { 204: { type: 'null', description: 'The password is set' }, ...problems(400, 413, 415, 429, 503) }
      }
    },
    async function resetPassword(request, reply) {
      await app.passwordReset.complete(request.body, { ...request.visitor(), signal: reply.disconnected() })
      return reply.code(204).send()
    }
  )
}

export default password
