import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { oauthErrors } from './refusals.ts'

export type IntrospectionForm = Static<typeof IntrospectionForm>
const IntrospectionForm = Type.Object(
  {
    token: Type.Optional(
      Type.String({ description: 'The access token, refresh token or personal access token to introspect' })
    ),
    token_type_hint: Type.Optional(Type.String({ description: 'Accepted, but not needed', examples: [''] })),
    client_id: Type.Optional(Type.String({ description: 'The client id; omit it with HTTP Basic', examples: [''] })),
    client_secret: Type.Optional(
      Type.String({ description: 'The client secret; omit it with HTTP Basic', examples: [''] })
    )
  },
  { title: 'IntrospectionRequest' }
)

const text = (description: string) => Type.Optional(Type.String({ description }))
const seconds = (description: string) => Type.Optional(Type.Integer({ description }))
const time = (description: string) => seconds(`${description}, in seconds since the epoch`)

export type Introspection = Static<typeof Introspection>
const Introspection = Type.Object(
  {
    active: Type.Boolean({ description: 'Whether the token is valid now; if false, there are no other members' }),
    scope: text('Scopes, separated by spaces'),
    client_id: text('The client that the token was issued to; a personal access token has none'),
    username: text('The username of the user'),
    preferred_username: text('The same, as in the access token; a refresh token has none'),
    token_type: text('`Bearer`, `DPoP` or `refresh_token`'),
    cnf: Type.Optional(
      Type.Object(
        { jkt: Type.String({ description: 'The thumbprint of the key (RFC 7638)' }) },
        { title: 'Confirmation', description: 'The key that the token is bound to (RFC 9449 §6.2)' }
      )
    ),
    refresh_token_timeout: seconds('Seconds until the refresh token lapses unless it is used'),
    authorization_expires_in: seconds('Seconds until the login of the refresh token ends at the latest'),
    exp: time('When the token expires'),
    iat: time('When the token was issued'),
    sub: text('The id of the user or client'),
    aud: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], { description: 'The API or APIs that the token is for' })
    ),
    iss: text('The issuer of the token'),
    jti: text('The id of the token'),
    sid: text('The login or the personal access token that the token belongs to'),
    acr: text('`aal1`, or `aal2` for a login with two factors (RFC 9470 §6.2); a token without a login has none'),
    amr: Type.Optional(Type.Array(Type.String(), { description: 'The methods of the login (RFC 8176 §2)' })),
    auth_time: time('When the user last authenticated (RFC 9470 §6.2)')
  },
  {
    title: 'Introspection',
    description:
      'The state of a token (RFC 7662 §2.2). For an access token, this includes the claims that the embedding program adds.',
    additionalProperties: true
  }
)

const introspect: FastifyPluginAsyncTypebox = async app => {
  app.post(
    '/introspect',
    {
      config: { oauth: true },
      schema: {
        operationId: 'introspectToken',
        summary: 'Check whether a token is valid now',
        description:
          'RFC 7662. Requires a confidential client, or an access token with the scope `introspect`. Only a caller with this scope can introspect tokens of other clients, and personal access tokens.',
        tags: ['oauth'],
        security: [{ client: [] }, { password: ['introspect'] }],
        consumes: ['application/x-www-form-urlencoded'],
        body: IntrospectionForm,
        response: { 200: Introspection, ...oauthErrors(400, 401, 403, 413, 429, 503) }
      }
    },
    async function introspectToken(request, reply) {
      return await app.oauth.introspect(request.body, request.requestContext(reply))
    }
  )
}

export default introspect
