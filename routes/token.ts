import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { oauthErrors } from './refusals.ts'
import { grantTypes, ref, TokenResponse } from './shapes.ts'

/** The parameters of the token form for all grants (RFC 6749 §4.3.2, §6). An empty parameter counts as absent. */
export type TokenForm = Static<typeof TokenForm>
const TokenForm = Type.Object(
  {
    grant_type: Type.Optional(
      Type.Unsafe<string>({
        type: 'string',
        enum: grantTypes,
        description: '`password`, `refresh_token` or `client_credentials`',
        examples: ['password']
      })
    ),
    username: Type.Optional(
      Type.String({ description: 'For `password`: username or verified e-mail address', examples: ['alice'] })
    ),
    password: Type.Optional(
      Type.String({
        format: 'password',
        description: 'For `password`: the password',
        examples: ['correct horse battery staple']
      })
    ),
    refresh_token: Type.Optional(
      Type.String({ description: 'For `refresh_token`: the latest refresh token', examples: [''] })
    ),
    scope: Type.Optional(
      Type.String({
        description:
          'Scopes, separated by spaces; omit it to request all allowed scopes that do not administer this server',
        examples: ['me']
      })
    ),
    resource: Type.Optional(
      Type.String({
        description:
          'The API that the access token is for, one of the `protected_resources` in the metadata (RFC 8707); omit it for a token for this server',
        examples: ['']
      })
    ),
    client_id: Type.Optional(
      Type.String({ description: 'The client id; omit it with HTTP Basic or for the built-in client', examples: [''] })
    ),
    client_secret: Type.Optional(
      Type.String({ description: 'The client secret; omit it with HTTP Basic or for a public client', examples: [''] })
    )
  },
  { title: 'TokenRequest' }
)

const token: FastifyPluginAsyncTypebox = async app => {
  app.post(
    '/token',
    {
      config: { oauth: true },
      // src/auth/tokens/token-endpoint.ts refuses invalid forms, including an unknown grant_type, with the errors of
      // RFC 6749 §5.2.
      attachValidation: true,
      schema: {
        operationId: 'createToken',
        summary: 'Log in, refresh a login, or get a token for a client',
        description:
          'The token endpoint (RFC 6749 §3.2). A request without a client uses the built-in first-party client.',
        tags: ['oauth'],
        security: [{}, { client: [] }],
        consumes: ['application/x-www-form-urlencoded'],
        body: TokenForm,
        response: {
          200: ref(TokenResponse, { description: 'The tokens (RFC 6749 §5.1)' }),
          ...oauthErrors(400, 401, 413, 429, 503)
        }
      }
    },
    async function createToken(request, reply) {
      return await app.oauth.token(request.body, request.requestContext(reply))
    }
  )
}

export default token
