import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { Activity, AuditCount, AuditEvent, linkToNext, needs, nullable, page, pageQuery, timeBound } from './shapes.ts'

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, pattern: '^[\\x20-\\x7e]*$', description }))
const action = text('Only events with this action, such as `login.failed`')

export type AuditQuery = Static<typeof AuditQuery>
const AuditQuery = Type.Object(
  {
    ...pageQuery,
    action,
    subject: text('Only events about the user, client or key with this id'),
    actor: text('Only events caused by the user or client with this id, by `cli` or by `app`'),
    client_id: text('Only events of this client'),
    ip: text('Only events from this IP address'),
    session: text('Only events of the login with this id, which their details name'),
    since: timeBound('Only events at or after this time, such as `2026-01-01T00:00:00Z`'),
    until: timeBound('Only events before this time, such as `2026-02-01T00:00:00Z`')
  },
  { title: 'AuditQuery', additionalProperties: false }
)

const by = Type.Unsafe<'hour' | 'day'>({
  type: 'string',
  enum: ['hour', 'day'],
  default: 'hour',
  description: 'The unit, in UTC'
})

export type CountsQuery = Static<typeof CountsQuery>
const CountsQuery = Type.Object(
  {
    // Optional in the request: the validator fills in the default.
    by: Type.Optional(by) as unknown as typeof by,
    since: timeBound('Only events at or after this time; by default 24 hours before `until`, or 30 days with `by=day`'),
    until: timeBound('Only events before this time; by default now'),
    action,
    cursor: pageQuery.cursor
  },
  { title: 'CountsQuery', additionalProperties: false }
)

const VerificationQuery = Type.Object(
  { cursor: pageQuery.cursor },
  { title: 'VerificationQuery', additionalProperties: false }
)

const Seal = Type.Object(
  {
    number: Type.Integer({ examples: [5] }),
    hash: Type.String({ description: 'SHA-256 in hexadecimal', examples: ['0f'.repeat(32)] })
  },
  { title: 'Seal' }
)

const AuditFault = Type.Object(
  {
    what: Type.String({ description: 'The event or seal', examples: ['event 17'] }),
    fault: Type.String({ description: 'What is wrong with it', examples: ['covers an event that was changed'] })
  },
  { title: 'AuditFault' }
)

export type AuditVerification = Static<typeof AuditVerification>
const AuditVerification = Type.Object(
  {
    events: Type.Integer({ description: 'Intact events of this step', examples: [10_000] }),
    seals: Type.Integer({ description: 'Intact seals of this step', examples: [1000] }),
    newest: Type.Union([Seal, Type.Null()], { description: 'The last intact seal; null when there is none' }),
    unsealed: nullable(
      Type.Integer({
        description: 'Events without a seal, counted up to ten thousand in the last step; null before',
        examples: [0]
      })
    ),
    broken: Type.Union([AuditFault, Type.Null()], { description: 'The first fault, which ends the verification' }),
    next_cursor: nullable(Type.String({ description: 'The cursor of the next step; null after the last' }))
  },
  { title: 'AuditVerification', description: 'A step of the verification' }
)

const ActivityQuery = Type.Object({ ...pageQuery, action }, { title: 'ActivityQuery', additionalProperties: false })

const partial =
  'One request searches ten thousand events, so a page can have fewer items than `limit`, or none, and still have a `next_cursor`.'

const audit: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/audit',
    {
      onRequest: app.authenticate('audit:read'),
      schema: {
        operationId: 'listAuditEvents',
        summary: 'List the audit trail, newest events first',
        description: `Returns the events that match all filters, or the whole audit trail without filters. ${partial}`,
        tags: ['administration'],
        security: needs('audit:read'),
        querystring: AuditQuery,
        response: {
          200: page(AuditEvent, 'AuditEvents', 'A page of events'),
          ...problems(400, 401, 403, 503)
        }
      }
    },
    async function listAuditEvents(request, reply) {
      const found = await app.audit.page(request.query)
      return reply.headers(linkToNext(request.query, found.next_cursor)).send(found)
    }
  )

  app.get(
    '/audit/counts',
    {
      onRequest: app.authenticate('audit:read'),
      schema: {
        operationId: 'countAuditEvents',
        summary: 'Count events by hour or day and action, newest first',
        description:
          'An hour or day without events is left out. The range is at most 31 days with `by=hour`, and 366 days with `by=day`. One request examines a bounded number of events, so the next page can begin within an hour or day: add counts of the same `at` and `action`.',
        tags: ['administration'],
        security: needs('audit:read'),
        querystring: CountsQuery,
        response: {
          200: page(AuditCount, 'AuditCounts', 'A page of counts'),
          ...problems(400, 401, 403, 503)
        }
      }
    },
    async function countAuditEvents(request, reply) {
      const found = await app.audit.counts(request.query)
      return reply.headers(linkToNext(request.query, found.next_cursor)).send(found)
    }
  )

  app.get(
    '/audit/verify',
    {
      onRequest: app.authenticate('audit:read'),
      schema: {
        operationId: 'verifyAuditTrail',
        summary: 'Verify the audit trail, step by step',
        description:
          'Verifies up to ten thousand events and a thousand seals in one request. Repeat with `next_cursor` until it is null. Seals of an earlier `SECRET` count as broken unless it is `SECOND_SECRET`: verify them with `sallyport audit verify --key`.',
        tags: ['administration'],
        security: needs('audit:read'),
        querystring: VerificationQuery,
        response: { 200: AuditVerification, ...problems(400, 401, 403, 503) }
      }
    },
    async function verifyAuditTrail(request) {
      return app.audit.verifyStep(request.query.cursor)
    }
  )

  app.get(
    '/users/me/activity',
    {
      onRequest: app.authenticate('me'),
      schema: {
        operationId: 'listMyActivity',
        summary: 'List the activity on your account, newest first',
        description: `Logins, failed attempts, refreshes and changes. Events caused by an operator have no client, IP address or details. ${partial}`,
        tags: ['account'],
        security: needs('me'),
        querystring: ActivityQuery,
        response: {
          200: page(Activity, 'Activities', 'A page of activity on your account'),
          ...problems(400, 401, 403, 503)
        }
      }
    },
    async function listMyActivity(request, reply) {
      const found = await app.audit.activity(request.account().id, request.query)
      return reply.headers(linkToNext(request.query, found.next_cursor)).send(found)
    }
  )
}

export default audit
