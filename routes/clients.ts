import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { needsRecentLogin, problems } from './refusals.ts'
import { Client, grantTypes, linkToNext, needs, page, pageQuery, ref } from './shapes.ts'

const ClientsQuery = Type.Object(pageQuery, { title: 'ClientsQuery', additionalProperties: false })

const name = Type.String({ description: 'Display name, unique among clients', examples: ['shop'] })
const grants = Type.Array(Type.Unsafe<string>({ enum: grantTypes }), {
  minItems: 1,
  description: 'The grants that the client may use; client_credentials requires a confidential client',
  examples: [['password', 'refresh_token']]
})
const scopes = Type.Array(Type.String({ maxLength: 256 }), {
  minItems: 1,
  maxItems: 100,
  description: 'The scopes that the client may request; your access token must have each scope that you add',
  examples: [['me']]
})

const bound = Type.Boolean({
  description:
    'Whether the client always binds its tokens to a key: a token request without a DPoP proof is refused (RFC 9449 §5.2). Logins that are not bound yet are bound at their next refresh',
  examples: [true]
})

const eventDetails = Type.Boolean({
  description:
    'Whether `GET /events` shows the client IP addresses and details, as `GET /audit` does; you need the scope `audit:read`',
  examples: [false]
})

export type NewClient = Static<typeof NewClient>
const NewClient = Type.Object(
  {
    name,
    confidential: Type.Boolean({
      description: 'Whether the client can keep a secret, because it runs on a server (RFC 6749 §2.1)',
      examples: [false]
    }),
    grants,
    scopes,
    dpop_bound_access_tokens: Type.Optional(bound),
    event_details: Type.Optional(eventDetails)
  },
  { title: 'NewClient', additionalProperties: false }
)

export type ClientChange = Static<typeof ClientChange>
const ClientChange = Type.Object(
  {
    name: Type.Optional(name),
    grants: Type.Optional(grants),
    scopes: Type.Optional(scopes),
    dpop_bound_access_tokens: Type.Optional(bound),
    event_details: Type.Optional(eventDetails),
    disabled: Type.Optional(
      Type.Boolean({ description: 'true ends all logins of the client and rejects new ones', examples: [true] })
    )
  },
  { title: 'ClientChange', additionalProperties: false, minProperties: 1 }
)

const secret = Type.String({ description: 'The client secret; it cannot be read again' })
const RegisteredClient = Type.Object(
  { ...Client.properties, client_secret: Type.Optional(secret) },
  { title: 'RegisteredClient' }
)
const ClientSecret = Type.Object(
  { client_id: Client.properties.client_id, client_secret: secret },
  { title: 'ClientSecret', description: 'The new secret' }
)

const params = Type.Object({
  id: Type.String({ pattern: '^c_[0-9a-f-]{36}$', description: 'The client_id' })
})

/** `issuerPath` is the path of the issuer, for `Location` headers. */
const clients: FastifyPluginAsyncTypebox<{ issuerPath: string }> = async (app, { issuerPath }) => {
  const readers = app.authenticate('clients:read')
  const writers = [app.authenticate('clients:write'), app.administration]
  const reading = { tags: ['administration'], security: needs('clients:read') }
  const writing = { tags: ['administration'], security: needs('clients:write') }

  app.get(
    '/clients',
    {
      onRequest: readers,
      schema: {
        ...reading,
        operationId: 'listClients',
        summary: 'List registered clients, sorted by name',
        description: 'The built-in client is not registered, so the list does not contain it.',
        querystring: ClientsQuery,
        response: { 200: page(Client, 'Clients', 'A page of registered clients'), ...problems(400, 401, 403, 503) }
      }
    },
    async function listClients(request, reply) {
      const found = await app.clientAdmin.page(request.query)
      return reply.headers(linkToNext(request.query, found.next_cursor)).send(found)
    }
  )

  app.post(
    '/clients',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'createClient',
        summary: 'Register a client',
        description: `Only this response contains the secret of a confidential client. The server stores a hash of it. ${needsRecentLogin}`,
        body: NewClient,
        response: {
          201: {
            description: 'The new client',
            headers: { Location: { type: 'string', description: 'URL of the client' } },
            content: { 'application/json': { schema: RegisteredClient } }
          },
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      }
    },
    async function createClient(request, reply) {
      const { client, secret } = await app.clientAdmin.create(request.body, request.administrator())
      const answer = { ...app.clientAdmin.describe(client), ...(secret ? { client_secret: secret } : {}) }
      return reply.code(201).header('Location', `${issuerPath}/clients/${client.id}`).send(answer)
    }
  )

  app.get(
    '/clients/:id',
    {
      onRequest: readers,
      schema: {
        ...reading,
        operationId: 'getClient',
        summary: 'Get a client',
        description: 'Returns everything that is stored about the client, except the hash of its secret.',
        params,
        response: { 200: ref(Client, { description: 'The client' }), ...problems(400, 401, 403, 404, 414, 503) }
      }
    },
    async function getClient(request) {
      return app.clientAdmin.describe(await app.clientAdmin.byIdOrName(request.params.id))
    }
  )

  app.patch(
    '/clients/:id',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'updateClient',
        summary: 'Rename, disable or enable a client, or change its grants, scopes and need for DPoP',
        description: `You can only grant scopes that your own access token has, and it needs all scopes of a client to enable it or to end its need for DPoP. Disabling a client ends all of its logins. New grants or scopes end the sessions that the client started for itself; they apply to logins of users at the next refresh. ${needsRecentLogin}`,
        params,
        body: ClientChange,
        response: {
          200: ref(Client, { description: 'The client after the change' }),
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function updateClient(request) {
      const { id } = request.params
      return app.clientAdmin.describe(await app.clientAdmin.update(id, request.body, request.administrator()))
    }
  )

  app.delete(
    '/clients/:id',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'deleteClient',
        summary: 'Delete a client and end its logins',
        description: `This server rejects its access tokens at once. Other services accept them until they expire. ${needsRecentLogin}`,
        params,
        response: {
          204: { type: 'null', description: 'The client is deleted' },
          ...problems(400, 401, 403, 404, 413, 414, 415, 429, 503)
        }
      }
    },
    async function deleteClient(request, reply) {
      await app.clientAdmin.delete(request.params.id, request.administrator())
      return reply.code(204).send()
    }
  )

  app.post(
    '/clients/:id/secret',
    {
      onRequest: writers,
      schema: {
        ...writing,
        operationId: 'rotateClientSecret',
        summary: 'Replace the secret of a client',
        description: `The old secret and the tokens that the client obtained for itself stop working at once. Logins of users continue. Only this response contains the new secret. A public client has no secret. ${needsRecentLogin}`,
        params,
        response: { 200: ClientSecret, ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503) }
      }
    },
    async function rotateClientSecret(request) {
      const { client, secret } = await app.clientAdmin.rotateSecret(request.params.id, request.administrator())
      return { client_id: client.id, client_secret: secret }
    }
  )
}

export default clients
