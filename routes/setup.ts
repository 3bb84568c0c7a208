import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { newCredentials, ref, User } from './shapes.ts'

export type SetUp = Static<typeof SetUp>
const token = Type.String({ description: 'What follows `#setup=` in the link' })
const SetUp = Type.Object({ token, ...newCredentials }, { title: 'SetUp', additionalProperties: false })

const SetupCheck = Type.Object({ token }, { title: 'SetupCheck', additionalProperties: false })

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

  app.post(
    '/setup/check',
    {
      schema: {
        operationId: 'checkSetup',
        summary: 'Check whether a setup link still works',
        description:
          'For a page that asks before it shows a form. It changes nothing; the link can still stop working.',
        tags: ['administration'],
        security: [],
        body: SetupCheck,
        response: { 204: { type: 'null', description: 'The link works' }, ...problems(400, 403, 413, 415, 503) }
      }
    },
    async function checkSetup(request, reply) {
      await app.setupLinks.check(request.body.token)
      return reply.code(204).send()
    }
  )
}

export default setup
