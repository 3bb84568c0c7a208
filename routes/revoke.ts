import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { oauthErrors } from './refusals.ts'

export type RevocationForm = Static<typeof RevocationForm>
const RevocationForm = Type.Object(
  {
    token: Type.Optional(
      Type.String({ description: 'The refresh token, access token or personal access token to revoke' })
    ),
    token_type_hint: Type.Optional(Type.String({ description: 'Accepted, but not needed', examples: [''] })),
    client_id: Type.Optional(
      Type.String({ description: 'The client id; omit it with HTTP Basic or for the built-in client', examples: [''] })
    ),
    client_secret: Type.Optional(
      Type.String({ description: 'The client secret; omit it with HTTP Basic or for a public client', examples: [''] })
    )
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
        summary: 'Log out: revoke a token and end its login',
        description:
          'RFC 7009. Unknown tokens and tokens of other clients change nothing; the response is also 200. A personal access token is deleted. An access token that one was exchanged for is refused with `invalid_request`: it ends with that one.',
        tags: ['oauth'],
        security: [{}, { client: [] }],
        consumes: ['application/x-www-form-urlencoded'],
        body: RevocationForm,
        response: {
          200: { type: 'null', description: 'The token was revoked, or there was nothing to revoke' },
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
