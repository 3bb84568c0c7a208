import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'

const Jwks = Type.Object(
  {
    keys: Type.Array(
      Type.Object(
        { kty: Type.String(), kid: Type.String(), alg: Type.String(), use: Type.Literal('sig') },
        { title: 'Jwk', additionalProperties: true }
      )
    )
  },
  { title: 'Jwks', description: 'Public keys (RFC 7517 §5)' }
)

const strings = (description: string) => Type.Array(Type.String(), { description })
const url = (description: string) => Type.String({ format: 'uri', description })

const Metadata = Type.Object(
  {
    issuer: url('The `iss` of every access token'),
    token_endpoint: url('RFC 6749 §3.2'),
    authorization_challenge_endpoint: url('draft-ietf-oauth-first-party-apps §8'),
    revocation_endpoint: url('RFC 7009'),
    introspection_endpoint: url('RFC 7662'),
    jwks_uri: url('RFC 7517'),
    scopes_supported: strings('The built-in scopes, and the scopes in the settings'),
    protected_resources: strings('The values of `resource` in token requests (RFC 8707, RFC 9728 §4)'),
    response_types_supported: strings('The supported values of `response_type`'),
    code_challenge_methods_supported: strings('The supported values of `code_challenge_method` (RFC 7636)'),
    grant_types_supported: strings('The supported values of `grant_type`'),
    token_endpoint_auth_methods_supported: strings('How clients authenticate'),
    revocation_endpoint_auth_methods_supported: strings('How clients authenticate'),
    introspection_endpoint_auth_methods_supported: strings('How clients authenticate'),
    acr_values_supported: strings('The authentication context classes of logins, the weakest first (RFC 9470 §7)'),
    refresh_token_expiration_types_supported: strings(
      'What ends a refresh token: the end of the login, and a time without use (draft-ietf-oauth-refresh-token-expiration §8)'
    ),
    dpop_signing_alg_values_supported: Type.Optional(
      strings('The algorithms of DPoP proofs (RFC 9449 §5.1); missing where `DPOP=off`')
    ),
    passkeys_supported: Type.Boolean({
      description: 'Whether accounts can log in with passkeys; not a standard parameter',
      examples: [true]
    }),
    email_codes_supported: Type.Boolean({
      description: 'Whether accounts can log in with a code in the mail; not a standard parameter',
      examples: [false]
    }),
    identity_providers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            issuer: url('The `iss` of the ID tokens'),
            client_ids: strings('The client ids that the ID tokens may be for')
          },
          { title: 'IdentityProvider' }
        ),
        { description: 'The issuers whose ID tokens log in, if there are any; not a standard parameter' }
      )
    ),
    service_documentation: Type.Optional(url('Documentation for developers; missing when it is turned off'))
  },
  { title: 'Metadata', description: 'Authorization server metadata (RFC 8414 §2)' }
)

const unchanged = { type: 'null', description: 'Not modified' }

/** `issuerPath` is the path of the issuer, which RFC 8414 §3.1 puts after the well-known string. */
const wellKnown: FastifyPluginAsyncTypebox<{ jwksMaxAge: number; issuerPath: string }> = async (app, options) => {
  const { jwksMaxAge, issuerPath } = options
  const cacheControl = `public, max-age=${jwksMaxAge}`

  app.get(
    '/.well-known/jwks.json',
    {
      schema: {
        operationId: 'getJwks',
        summary: 'Get the public keys',
        description:
          'RFC 7517 §5. Cache the keys for `max-age` seconds. Fetch them again when a token has an unknown `kid`.',
        tags: ['discovery'],
        security: [],
        response: { 200: Jwks, 304: unchanged, ...problems(400) }
      }
    },
    async function getJwks(_request, reply) {
      reply.header('Cache-Control', cacheControl)
      return app.keys.jwks()
    }
  )

  app.get(
    '/events/jwks.json',
    {
      schema: {
        operationId: 'getEventKeys',
        summary: 'Get the public keys of webhooks and seals',
        description:
          'RFC 7517 §5. One of these Ed25519 keys (RFC 8037) verifies the part `v1a` of `webhook-signature`, and every seal since `SECRET` was changed last.',
        tags: ['discovery'],
        security: [],
        response: { 200: Jwks, 304: unchanged, ...problems(400) }
      }
    },
    async function getEventKeys(_request, reply) {
      reply.header('Cache-Control', cacheControl)
      return app.audit.jwks
    }
  )

  const path = '/.well-known/oauth-authorization-server'
  for (const url of new Set([path, `${path}${issuerPath}`])) {
    app.get(
      url,
      {
        schema: {
          operationId: 'getMetadata',
          summary: 'Get the server metadata',
          description: 'RFC 8414. Clients can discover all endpoints from the URL of the server.',
          tags: ['discovery'],
          security: [],
          hide: url !== path,
          response: { 200: Metadata, 304: unchanged, ...problems(400) }
        }
      },
      async function getMetadata(_request, reply) {
        // The nonce is for the first proof (RFC 9449 §8.2). One from a cache that has ended costs a retry.
        reply.headers({ 'Cache-Control': cacheControl, ...app.dpop.nonceHeaders() })
        return app.oauth.metadata()
      }
    )
  }
}

export default wellKnown
