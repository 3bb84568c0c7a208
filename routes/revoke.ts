import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { oauthErrors } from './refusals.ts'

export type RevocationForm = Static<typeof RevocationForm>
const RevocationForm = Type.Object(
  {
    token: Type.Optional(Type.String({ description: 'A refresh or an access token' })),
    token_type_hint: Type.Optional(Type.String({ description: 'Accepted but not needed', examples: [''] })),
    client_id: Type.Optional(
      Type.String({ description: 'The client, where it has one and does not use HTTP Basic', examples: [''] })
    ),
    client_secret: Type.Optional(Type.String({ description: 'Its secret, where it has one', examples: [''] }))
  },
  { title: 'RevocationRequest' }
)

const revoke: FastifyPluginAsyncTypebox = async app => {
  app.post(
    '/revoke',
    {
      config: { oauth: true },
      schema: {
        operationId: 'revokeToken',
        summary: 'Log out: end the login that a token belongs to',
        description:
          'RFC 7009. Unknown tokens and tokens of other clients are answered with 200 too, and nothing happens.',
        tags: ['oauth'],
        security: [{}, { client: [] }],
        consumes: ['application/x-www-form-urlencoded'],
        body: RevocationForm,
        response: {
          200: { type: 'null', description: 'The token no longer works' },
          ...oauthErrors(400, 401, 413, 429, 503)
        }
      }
    },
    async function revokeToken(request, reply) {
      await app.oauth.revoke(request.body, request.requestContext(reply))
      return reply.code(200).send()
    }
  )
}

export default revoke
