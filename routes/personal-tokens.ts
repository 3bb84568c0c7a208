import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { longestSeconds } from '../src/auth/personal-tokens/lifetime.ts'
import { needsRecentLogin, problems } from './refusals.ts'
import { needs, PersonalToken, PersonalTokens } from './shapes.ts'

export type NewPersonalToken = Static<typeof NewPersonalToken>
const NewPersonalToken = Type.Object(
  {
    name: PersonalToken.properties.name,
    scopes: Type.Optional(
      Type.Array(Type.String({ maxLength: 256 }), {
        maxItems: 100,
        description:
          'Scopes of your APIs; omit it for all that your access token has. Of the scopes of this server, only `audit:read` is accepted, for `GET /events`',
        examples: [['reports:read']]
      })
    ),
    resource: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2000,
        description: 'The API that its access tokens are for, one of the `protected_resources` in the metadata',
        examples: ['https://api.example.com']
      })
    ),
    expires_in: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 31_536_000 satisfies typeof longestSeconds,
        description: 'Lifetime in seconds; 90 days by default, a year at most',
        examples: [2_592_000]
      })
    )
  },
  { title: 'NewPersonalToken', additionalProperties: false }
)

const CreatedPersonalToken = Type.Object(
  {
    ...PersonalToken.properties,
    token: Type.String({
      description: 'The token, which is shown only here',
      examples: ['sally_pat_0dQs3qkvYcJ2VpBzZ5yVw0f1hTn0a7RkM']
    })
  },
  { title: 'CreatedPersonalToken' }
)

const id = Type.String({ format: 'uuid', description: 'The id of the token' })
const account = Type.String({ format: 'uuid', description: 'The id of the account' })

const personalTokens: FastifyPluginAsyncTypebox = async app => {
  const owners = app.authenticate('me')
  const secured = { tags: ['account'], security: needs('me') }

  app.get(
    '/users/me/tokens',
    {
      onRequest: owners,
      schema: {
        ...secured,
        operationId: 'listMyTokens',
        summary: 'List your personal access tokens',
        description: 'Returns the tokens that have not expired, the latest first, without their values.',
        response: { 200: PersonalTokens, ...problems(400, 401, 403, 503) }
      }
    },
    async function listMyTokens(request) {
      return { items: (await app.personalTokens.list(request.account())).map(app.personalTokens.describe) }
    }
  )

  app.post(
    '/users/me/tokens',
    {
      onRequest: [owners, app.recentLogin],
      schema: {
        ...secured,
        operationId: 'createMyToken',
        summary: 'Create a personal access token',
        description: `A token for a script, which exchanges it for access tokens at \`/token\` (RFC 8693). It has only scopes of your APIs, and cannot change your account. The response is the only one with the token. An account can have 100 tokens. ${needsRecentLogin}`,
        body: NewPersonalToken,
        response: {
          201: { ...CreatedPersonalToken, description: 'The token' },
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      }
    },
    async function createMyToken(request, reply) {
      const user = request.account()
      const { session, scopes } = request.caller
      const { row, token } = await app.personalTokens.create({ user, session, scopes }, request.body, request.owner())
      return reply.code(201).send({ ...app.personalTokens.describe(row), token })
    }
  )

  app.delete(
    '/users/me/tokens/:id',
    {
      onRequest: owners,
      schema: {
        ...secured,
        operationId: 'deleteMyToken',
        summary: 'Delete a personal access token',
        description:
          'This server rejects the token and its access tokens at once. Other services accept these access tokens until they expire.',
        params: Type.Object({ id }),
        response: {
          204: { type: 'null', description: 'The token is deleted' },
          ...problems(400, 401, 403, 404, 413, 414, 415, 429, 503)
        }
      }
    },
    async function deleteMyToken(request, reply) {
      const { clientId } = request.caller.session
      await app.personalTokens.remove(request.account(), request.params.id, { ...request.owner(), clientId })
      return reply.code(204).send()
    }
  )

  app.get(
    '/users/:id/tokens',
    {
      onRequest: app.authenticate('users:read'),
      schema: {
        tags: ['administration'],
        security: needs('users:read'),
        operationId: 'listUserTokens',
        summary: 'List the personal access tokens of an account',
        description: 'Returns the tokens that have not expired, the latest first, without their values.',
        params: Type.Object({ id: account }),
        response: { 200: PersonalTokens, ...problems(400, 401, 403, 404, 414, 503) }
      }
    },
    async function listUserTokens(request) {
      const user = await app.userAdmin.byId(request.params.id)
      return { items: (await app.personalTokens.list(user)).map(app.personalTokens.describe) }
    }
  )

  app.delete(
    '/users/:id/tokens/:token',
    {
      onRequest: [app.authenticate('users:write'), app.administration],
      schema: {
        tags: ['administration'],
        security: needs('users:write'),
        operationId: 'deleteUserToken',
        summary: 'Delete a personal access token of an account',
        description: `This server rejects the token and its access tokens at once. Other services accept these access tokens until they expire. ${needsRecentLogin}`,
        params: Type.Object({ id: account, token: id }),
        response: {
          204: { type: 'null', description: 'The token is deleted' },
          ...problems(400, 401, 403, 404, 413, 414, 415, 429, 503)
        }
      }
    },
    async function deleteUserToken(request, reply) {
      const user = await app.userAdmin.byId(request.params.id)
      const { clientId } = request.caller.session
      await app.personalTokens.remove(user, request.params.token, { ...request.administrator(), clientId })
      return reply.code(204).send()
    }
  )
}

export default personalTokens
