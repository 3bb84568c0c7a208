import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { Client, grantTypes, linkToNext, needs, page, pageQuery, ref } from './shapes.ts'

const ClientsQuery = Type.Object(pageQuery, { title: 'ClientsQuery', additionalProperties: false })

const name = Type.String({ description: 'A name that people know it by', examples: ['shop'] })
const grants = Type.Array(Type.Unsafe<string>({ enum: grantTypes }), {
  minItems: 1,
  description: 'The grants that it may use; client_credentials only for a confidential client',
  examples: [['password', 'refresh_token']]
})
const scopes = Type.Array(Type.String({ maxLength: 256 }), {
  minItems: 1,
  maxItems: 100,
  description: 'The scopes that it may ask for; your access token needs each that the client does not have yet',
  examples: [['me']]
})

export type NewClient = Static<typeof NewClient>
const NewClient = Type.Object(
  {
    name,
    confidential: Type.Boolean({
      description: 'Whether it can keep a secret, because it runs on a server (RFC 6749 §2.1)',
      examples: [false]
    }),
    grants,
    scopes
  },
  { title: 'NewClient', additionalProperties: false }
)

export type ClientChange = Static<typeof ClientChange>
const ClientChange = Type.Object(
  {
    name: Type.Optional(name),
    grants: Type.Optional(grants),
    scopes: Type.Optional(scopes),
    disabled: Type.Optional(Type.Boolean({ description: 'true ends every login of the client', examples: [true] }))
  },
  { title: 'ClientChange', additionalProperties: false, minProperties: 1 }
)

const secret = Type.String({ description: 'Shown only this once' })
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

/** `issuerPath` is the path before every URL. */
const clients: FastifyPluginAsyncTypebox<{ issuerPath: string }> = async (app, { issuerPath }) => {
  const [readers, writers] = [app.authenticate('clients:read'), app.authenticate('clients:write')]
  const reading = { tags: ['administration'], security: needs('clients:read') }
  const writing = { tags: ['administration'], security: needs('clients:write') }

  app.get(
    '/clients',
    {
      onRequest: readers,
      schema: {
        ...reading,
        operationId: 'listClients',
        summary: 'Registered clients, by name',
        description: 'The built-in client is not registered, and so not among them.',
        querystring: ClientsQuery,
        response: { 200: page(Client, 'Clients', 'Registered clients'), ...problems(400, 401, 403, 503) }
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
        summary: 'Register a client; the secret of a confidential one is shown once',
        description: 'Only this answer has the secret: what is stored is a hash of it.',
        body: NewClient,
        response: {
          201: {
            description: 'The new client',
            headers: { Location: { type: 'string', description: 'Where the client is' } },
            content: { 'application/json': { schema: RegisteredClient } }
          },
          ...problems(400, 401, 403, 409, 413, 415, 503)
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
        summary: 'A client',
        description: 'Everything that is stored of it, except the hash of its secret.',
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
        summary: 'Rename, disable or enable a client, or change its grants and scopes',
        description:
          'You can only give a client scopes that your own access token has. Disabling ends every login of the client. Other grants or scopes end what the client began for itself; the logins of users follow at their next refresh.',
        params,
        body: ClientChange,
        response: {
          200: ref(Client, { description: 'The client after the change' }),
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 503)
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
        summary: 'Delete a client; its logins end',
        description: 'Its access tokens are refused here at once, and elsewhere when they expire.',
        params,
        response: {
          204: { type: 'null', description: 'The client is deleted' },
          ...problems(400, 401, 403, 404, 413, 414, 415, 503)
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
        summary: 'Replace the secret of a client; the old one stops working at once',
        description:
          'The old one stops working at once, and so do the tokens that the client got for itself. Only this answer has the new one. Logins of users go on. A public client has no secret.',
        params,
        response: { 200: ClientSecret, ...problems(400, 401, 403, 404, 409, 413, 414, 415, 503) }
      }
    },
    async function rotateClientSecret(request) {
      const { client, secret } = await app.clientAdmin.rotateSecret(request.params.id, request.administrator())
      return { client_id: client.id, client_secret: secret }
    }
  )
}

export default clients
