import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { needs, time } from './shapes.ts'

const count = (description: string) => Type.Integer({ description, examples: [3] })

export type Overview = Static<typeof Overview>
const Overview = Type.Object(
  {
    version: Type.String({ description: 'The version of Sallyport', examples: ['0.3.0'] }),
    node: Type.String({ description: 'The version of Node.js', examples: ['v24.10.0'] }),
    started_at: time('When this process started'),
    sessions: count('Active logins, counted at most once a minute'),
    refreshes: count('Refresh tokens that this process has exchanged since it started'),
    hash_queue: Type.Object(
      {
        running: count('Passwords being hashed'),
        waiting: count('Passwords waiting to be hashed'),
        limit: count('How many passwords may wait: `HASH_QUEUE`')
      },
      { title: 'HashQueue', description: 'The queue of this process' }
    ),
    database: Type.Object(
      {
        dialect: Type.Unsafe<'sqlite' | 'postgres'>({
          type: 'string',
          enum: ['sqlite', 'postgres'],
          examples: ['sqlite']
        }),
        bytes: Type.Integer({ description: 'Size of the database', examples: [1_048_576] })
      },
      { title: 'DatabaseSize' }
    ),
    findings: Type.Array(
      Type.Object(
        {
          check: Type.String({ description: 'The check of `sallyport doctor`', examples: ['mail'] }),
          level: Type.Unsafe<'warning' | 'error'>({
            type: 'string',
            enum: ['warning', 'error'],
            examples: ['warning']
          }),
          text: Type.String({ description: 'What was found, and what to do' })
        },
        { title: 'Finding' }
      ),
      { description: 'Settings that are not advisable; `sallyport doctor` checks more' }
    )
  },
  { title: 'Overview', description: 'The state of this server' }
)

const overview: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/overview',
    {
      onRequest: app.authenticate('audit:read'),
      schema: {
        operationId: 'getOverview',
        summary: 'Get the state of this server',
        description:
          'With several processes, `started_at`, `refreshes` and `hash_queue` are those of the one that answers.',
        tags: ['administration'],
        security: needs('audit:read'),
        response: { 200: Overview, ...problems(400, 401, 403, 503) }
      }
    },
    async function getOverview() {
      return app.overview()
    }
  )
}

export default overview
