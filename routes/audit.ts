import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { Activity, AuditEvent, linkToNext, needs, page, pageQuery } from './shapes.ts'

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, pattern: '^[\\x20-\\x7e]*$', description }))
const time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))
const action = text('Only this action, such as `login.failed`')

export type AuditQuery = Static<typeof AuditQuery>
const AuditQuery = Type.Object(
  {
    ...pageQuery,
    action,
    subject: text('Only what was done to this user, client or key'),
    actor: text('Only what this user or client did, or `cli`'),
    client_id: text('Only what was done with this client'),
    ip: text('Only what was done from this address'),
    since: time('Only events from this time on, such as `2026-01-01T00:00:00Z`'),
    until: time('Only events before this time, such as `2026-02-01T00:00:00Z`')
  },
  { title: 'AuditQuery', additionalProperties: false }
)

const ActivityQuery = Type.Object({ ...pageQuery, action }, { title: 'ActivityQuery', additionalProperties: false })

const audit: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/audit',
    {
      onRequest: app.authenticate('audit:read'),
      schema: {
        operationId: 'listAuditEvents',
        summary: 'The audit trail, the latest events first',
        description: 'An event has to match every filter that is given; without filters it is the whole trail.',
        tags: ['administration'],
        security: needs('audit:read'),
        querystring: AuditQuery,
        response: {
          200: page(AuditEvent, 'AuditEvents', 'Events that were asked for'),
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
    '/users/me/activity',
    {
      onRequest: app.authenticate('me'),
      schema: {
        operationId: 'listMyActivity',
        summary: 'What was done to your account, the latest first',
        description: 'Logins, attempts, refreshes and changes. What an operator did is listed, but not from where.',
        tags: ['account'],
        security: needs('me'),
        querystring: ActivityQuery,
        response: {
          200: page(Activity, 'Activities', 'What was done to your account'),
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
