import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { newCredentials, ref, User } from './shapes.ts'

export type SetUp = Static<typeof SetUp>
const token = Type.String({ description: 'What follows `#setup=` in the link' })
const SetUp = Type.Object({ token, ...newCredentials }, { title: 'SetUp', additionalProperties: false })

/** `issuerPath` is the path of the issuer, for `Location`. */
const setup: FastifyPluginAsyncTypebox<{ issuerPath: string }> = async (app, { issuerPath }) => {
  app.post(
    '/setup',
    {
      schema: {
        operationId: 'setUp',
        summary: 'Create the first administrator',
        description:
          'The account gets every built-in scope. The token is that of a link, which the first start of the server and `sallyport setup-link` print. It works once, within an hour, and while no account can administer the server.',
        tags: ['administration'],
        security: [],
        body: SetUp,
        response: {
          201: {
            description: 'The new account',
            headers: { Location: { type: 'string', description: 'URL of the account' } },
            content: { 'application/json': { schema: ref(User) } }
          },
          ...problems(400, 403, 409, 413, 415, 429, 503)
        }
      }
    },
    async function setUp(request, reply) {
      const user = await app.setupLinks.redeem(request.body, { ...request.visitor(), signal: reply.disconnected() })
      return reply.code(201).header('Location', `${issuerPath}/users/${user.id}`).send(app.users.describe(user))
    }
  )
}

export default setup
