import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { oauthErrors } from './refusals.ts'

export type IntrospectionForm = Static<typeof IntrospectionForm>
const IntrospectionForm = Type.Object(
  {
    token: Type.Optional(Type.String({ description: 'An access or a refresh token' })),
    token_type_hint: Type.Optional(Type.String({ description: 'Accepted but not needed', examples: [''] })),
    client_id: Type.Optional(
      Type.String({ description: 'The client, where it does not use HTTP Basic', examples: [''] })
    ),
    client_secret: Type.Optional(Type.String({ description: 'Its secret', examples: [''] }))
  },
  { title: 'IntrospectionRequest' }
)

const text = (description: string) => Type.Optional(Type.String({ description }))
const time = (description: string) =>
  Type.Optional(Type.Integer({ description: `${description}, seconds since the epoch` }))

export type Introspection = Static<typeof Introspection>
const Introspection = Type.Object(
  {
    active: Type.Boolean({ description: 'Whether the token works now; when false, there is no other member' }),
    scope: text('Scopes, separated by spaces'),
    client_id: text('The client that the token was issued to'),
    username: text('The user that it speaks for'),
    token_type: text('`Bearer` or `refresh_token`'),
    exp: time('When it expires'),
    iat: time('When it was issued'),
    sub: text('The id of the user or client'),
    aud: text('The API that it is for'),
    iss: text('Who issued it'),
    jti: text('Its id'),
    sid: text('The login that it belongs to')
  },
  {
    title: 'Introspection',
    description:
      'What a token is (RFC 7662 §2.2); for an access token also the claims that the program around Sallyport adds',
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
        summary: 'Ask whether a token works now',
        description: 'RFC 7662, for confidential clients and for access tokens with the scope `introspect`.',
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
