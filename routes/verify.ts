import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'

// Unknown parameters, an empty scope and an empty resource are rejected, so that a misconfigured proxy does not get a
// success response.
const Question = Type.Object(
  {
    scope: Type.Optional(
      Type.String({
        pattern: '^[!#-\\[\\]-~]+( [!#-\\[\\]-~]+)*$',
        description: 'The scopes that the token must have, separated by single spaces; none by default',
        examples: ['me']
      })
    ),
    resource: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The API that the token must be for, its `aud`; by default `AUDIENCE` or, if that is unset, the issuer',
        examples: ['https://api.example.com']
      })
    )
  },
  { additionalProperties: false }
)

const header = (description: string, example: string) => ({ type: 'string', description, examples: [example] })

/** `audience` is the `aud` that a token must have unless the request names another. */
const verify: FastifyPluginAsyncTypebox<{ audience: string }> = async (app, { audience }) => {
  app.get(
    '/verify',
    {
      schema: {
        operationId: 'verifyRequest',
        summary: 'Check an access token or personal access token on behalf of a reverse proxy',
        description:
          'For `auth_request` of nginx, ForwardAuth of Traefik and `forward_auth` of Caddy. The proxy sends the ' +
          '`Authorization` header of the original request, and forwards that request when the response is 204. ' +
          'It must replace the `X-Auth-…` headers of that request with those of the response. With a token that is bound ' +
          'to a key, it also sends `DPoP`, `X-Forwarded-Method`, `X-Forwarded-Proto`, `X-Forwarded-Host` and ' +
          '`X-Forwarded-Uri` of that request (RFC 9449 §4.3).',
        tags: ['oauth'],
        security: [{ password: [] }],
        querystring: Question,
        response: {
          204: {
            type: 'null',
            description: 'The token is valid and has the scopes',
            headers: {
              'X-Auth-Subject': header('The id of the user or client', '019c13e2-86f0-7e52-b1f1-2d5a3a1f7d1c'),
              'X-Auth-Username': header(
                'The username as percent-encoded UTF-8 (RFC 3986 §2.1); empty when a client acts for itself',
                'alice'
              ),
              'X-Auth-Client': header(
                'The client that the token was issued to; empty for a personal access token',
                'first-party'
              ),
              'X-Auth-Scope': header('The scopes of the token, separated by spaces', 'me')
            }
          },
          ...problems(400, 401, 403, 503)
        }
      }
    },
    async function verifyRequest(request, reply) {
      const { scope, resource = audience } = request.query
      const { claims, scopes, user } = await app.callerForProxy(request, reply, scope?.split(' ') ?? [], resource)
      reply.headers({
        'X-Auth-Subject': claims.sub,
        // Set even when empty, so that a header of the original request cannot take its place.
        'X-Auth-Username': user ? encodeURIComponent(user.username) : '',
        'X-Auth-Client': claims.client_id ?? '',
        'X-Auth-Scope': scopes.join(' ')
      })
      return reply.code(204).send()
    }
  )
}

export default verify
