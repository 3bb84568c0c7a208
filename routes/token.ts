import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { oauthErrors } from './refusals.ts'
import { AuthorizationRequired, grantTypes, loginParameters, ref, TokenResponse } from './shapes.ts'

/** The parameters of the token form for all grants (RFC 6749 §4.3.2, §6). An empty parameter counts as absent. */
export type TokenForm = Static<typeof TokenForm>
const TokenForm = Type.Object(
  {
    grant_type: Type.Optional(
      Type.Unsafe<string>({
        type: 'string',
        enum: grantTypes,
        description:
          '`password`, `refresh_token`, `client_credentials`, `authorization_code`, or `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693)',
        examples: ['password']
      })
    ),
    ...loginParameters,
    code: Type.Optional(Type.String({ description: 'For `authorization_code`: the code', examples: [''] })),
    code_verifier: Type.Optional(
      Type.String({ description: 'For `authorization_code`: the verifier of RFC 7636', examples: [''] })
    ),
    acr_values: Type.Optional(
      Type.String({
        description: 'For `refresh_token`: `aal2` if the login has to have a second factor (RFC 9470 §4)',
        examples: ['']
      })
    ),
    max_age: Type.Optional(
      Type.String({
        description: 'For `refresh_token`: how old the login may be, in seconds (RFC 9470 §4)',
        examples: ['']
      })
    ),
    refresh_token: Type.Optional(
      Type.String({ description: 'For `refresh_token`: the latest refresh token', examples: [''] })
    ),
    subject_token: Type.Optional(
      Type.String({ description: 'For a token exchange: the token to exchange', examples: [''] })
    ),
    subject_token_type: Type.Optional(
      Type.String({
        description:
          'For a token exchange: `urn:sallyport:token-type:personal-access-token` or `urn:ietf:params:oauth:token-type:id_token`',
        examples: ['']
      })
    ),
    nonce: Type.Optional(
      Type.String({
        description: 'For an ID token that has a nonce: the nonce, or that of which it has the SHA-256',
        examples: ['']
      })
    ),
    requested_token_type: Type.Optional(
      Type.String({
        description: 'For a token exchange: only `urn:ietf:params:oauth:token-type:access_token`, the default',
        examples: ['']
      })
    ),
    actor_token: Type.Optional(Type.String({ description: 'For a token exchange: is refused', examples: [''] })),
    actor_token_type: Type.Optional(Type.String({ description: 'For a token exchange: is refused', examples: [''] })),
    audience: Type.Optional(
      Type.String({ description: 'For a token exchange: is refused; send `resource`', examples: [''] })
    )
  },
  {
    title: 'TokenRequest',
    // Bruno ignores the examples of members, and Postman that of the media type.
    example: { grant_type: 'password', username: 'alice', password: 'correct horse battery staple', scope: 'me' }
  }
)

const token: FastifyPluginAsyncTypebox = async app => {
  app.post(
    '/token',
    {
      config: { oauth: true },
      // src/auth/grants/token-endpoint.ts refuses invalid forms, including an unknown grant_type, with the errors of
      // RFC 6749 §5.2.
      attachValidation: true,
      schema: {
        operationId: 'createToken',
        summary: 'Log in, refresh a login, or get a token for a client',
        description:
          'The token endpoint (RFC 6749 §3.2). A request without a client uses the built-in first-party client. For an account with a second factor, a right password alone is 403 `insufficient_authorization`: send `otp` or `recovery_code` too, or the code of the authenticator app after the password.',
        tags: ['oauth'],
        security: [{}, { client: [] }],
        consumes: ['application/x-www-form-urlencoded'],
        body: TokenForm,
        response: {
          200: ref(TokenResponse, { description: 'The tokens (RFC 6749 §5.1)' }),
          403: ref(AuthorizationRequired, { description: 'A second factor is needed' }),
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
