import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { needsRecentLogin, problems } from './refusals.ts'
import { Identities, Identity, needs, ref } from './shapes.ts'

export type NewIdentity = Static<typeof NewIdentity>
const NewIdentity = Type.Object(
  {
    id_token: Type.String({
      minLength: 1,
      description: 'An ID token of an issuer in `IDENTITY_PROVIDERS` that is at most ten minutes old; it works once',
      examples: ['eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwczovL2FjY291bnRzLmdvb2dsZS5jb20ifQ.c2ln']
    }),
    nonce: Type.Optional(
      Type.String({ description: 'Required if the ID token has one: the nonce, or that of which it has the SHA-256' })
    )
  },
  { title: 'NewIdentity', additionalProperties: false }
)

const id = Type.String({ format: 'uuid', description: 'The id of the link' })
const account = Type.String({ format: 'uuid', description: 'The id of the account' })
const order = 'Returns the accounts at other issuers in the order in which they were linked.'

const identities: FastifyPluginAsyncTypebox = async app => {
  const owners = app.authenticate('me')
  const secured = { tags: ['account'], security: needs('me') }

  app.get(
    '/users/me/identities',
    {
      onRequest: owners,
      schema: {
        ...secured,
        operationId: 'listMyIdentities',
        summary: 'List the accounts elsewhere that log in to your account',
        description: order,
        response: { 200: Identities, ...problems(400, 401, 403, 503) }
      }
    },
    async function listMyIdentities(request) {
      return { items: (await app.identities.list(request.account())).map(app.identities.describe) }
    }
  )

  app.post(
    '/users/me/identities',
    {
      onRequest: [owners, app.recentLogin],
      schema: {
        ...secured,
        operationId: 'linkMyIdentity',
        summary: 'Link an account elsewhere',
        description: `ID tokens of the account elsewhere log in to your account from now on. An account elsewhere logs in to one account, and an account can have 20 of them. ${needsRecentLogin}`,
        body: NewIdentity,
        response: {
          201: ref(Identity, { description: 'The account elsewhere' }),
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      }
    },
    async function linkMyIdentity(request, reply) {
      const owner = { user: request.account(), session: request.caller.session }
      const row = await app.identities.link(owner, request.body, request.owner())
      return reply.code(201).send(app.identities.describe(row))
    }
  )

  app.delete(
    '/users/me/identities/:id',
    {
      onRequest: [owners, app.recentLogin],
      schema: {
        ...secured,
        operationId: 'unlinkMyIdentity',
        summary: 'Unlink an account elsewhere',
        description: `Your other logins end. The last way to log in to your account cannot be removed. ${needsRecentLogin}`,
        params: Type.Object({ id }),
        response: {
          204: { type: 'null', description: 'The account elsewhere is unlinked' },
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function unlinkMyIdentity(request, reply) {
      const { session } = request.caller
      await app.identities.unlink(request.account(), request.params.id, request.owner(), session)
      return reply.code(204).send()
    }
  )

  app.get(
    '/users/:id/identities',
    {
      onRequest: app.authenticate('users:read'),
      schema: {
        tags: ['administration'],
        security: needs('users:read'),
        operationId: 'listUserIdentities',
        summary: 'List the accounts elsewhere that log in to an account',
        description: order,
        params: Type.Object({ id: account }),
        response: { 200: Identities, ...problems(400, 401, 403, 404, 414, 503) }
      }
    },
    async function listUserIdentities(request) {
      const user = await app.userAdmin.byId(request.params.id)
      return { items: (await app.identities.list(user)).map(app.identities.describe) }
    }
  )

  app.delete(
    '/users/:id/identities/:identity',
    {
      onRequest: [app.authenticate('users:write'), app.administration],
      schema: {
        tags: ['administration'],
        security: needs('users:write'),
        operationId: 'unlinkUserIdentity',
        summary: 'Unlink an account elsewhere from an account',
        description: `All logins of the account end, also if it has no other way to log in. ${needsRecentLogin}`,
        params: Type.Object({ id: account, identity: id }),
        response: {
          204: { type: 'null', description: 'The account elsewhere is unlinked' },
          ...problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)
        }
      }
    },
    async function unlinkUserIdentity(request, reply) {
      const user = await app.userAdmin.byId(request.params.id)
      await app.identities.unlink(user, request.params.identity, request.administrator())
      return reply.code(204).send()
    }
  )
}

export default identities
