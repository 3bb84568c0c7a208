import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { needs, nullable, timeBound } from './shapes.ts'

export type RefusalsQuery = Static<typeof RefusalsQuery>
const RefusalsQuery = Type.Object(
  {
    since: timeBound('Only events at or after this time; by default 24 hours before `until`'),
    until: timeBound('Only events before this time; by default now')
  },
  { title: 'RefusalsQuery', additionalProperties: false }
)

const count = Type.Integer({ examples: [3] })

export type Refusals = Static<typeof Refusals>
const Refusals = Type.Object(
  {
    since: Type.String({
      format: 'date-time',
      description: 'The beginning of the range; a later time if the range has more events than one request examines',
      examples: ['2026-01-31T12:00:00.000Z']
    }),
    is_cut: Type.Boolean({ description: 'Whether older events of the range are not counted', examples: [false] }),
    reasons: Type.Array(
      Type.Object(
        {
          action: Type.String({ examples: ['login.failed'] }),
          reason: nullable(
            Type.String({
              description: 'The `counter` or the `reason` in the details of the events; null without one',
              examples: ['password']
            })
          ),
          count
        },
        { title: 'RefusalCount' }
      ),
      { description: 'Every refusal by action and reason, the most frequent first' }
    ),
    subjects: Type.Array(
      Type.Object(
        { id: Type.String({ examples: ['019b6e1e-8c00-7000-8000-000000000001'] }), count },
        { title: 'GuessedAccount' }
      ),
      { description: 'The accounts with the most events `login.failed`, at most five' }
    ),
    ips: Type.Array(
      Type.Object({ ip: Type.String({ examples: ['192.0.2.7'] }), count }, { title: 'GuessingAddress' }),
      { description: 'The IP addresses with the most events `login.failed`, at most five' }
    )
  },
  { title: 'Refusals', description: 'Failed and refused attempts in a range of time' }
)

const auditRefusals: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/audit/refusals',
    {
      onRequest: app.authenticate('audit:read'),
      schema: {
        operationId: 'countRefusals',
        summary: 'Count failed and refused attempts by reason, account and IP address',
        description:
          'One request examines the newest hundred thousand events of the range. Requests with the same range share an answer for ten seconds. A process counts one range at a time, and another one waits; a third is a 503. A 429 is one event for each wait, however many attempts it refuses.',
        tags: ['administration'],
        security: needs('audit:read'),
        querystring: RefusalsQuery,
        response: { 200: Refusals, ...problems(400, 401, 403, 503) }
      }
    },
    async function countRefusals(request) {
      return app.audit.refusals(request.query)
    }
  )
}

export default auditRefusals
