import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { Activity, AuditEvent, linkToNext, needs, page, pageQuery } from './shapes.ts'

const text = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 256, pattern: '^[\\x20-\\x7e]*$', description }))
const time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))
const action = text('Only events with this action, such as `login.failed`')

export type AuditQuery = Static<typeof AuditQuery>
const AuditQuery = Type.Object(
  {
    ...pageQuery,
    action,
    subject: text('Only events about the user, client or key with this id'),
    actor: text('Only events caused by the user or client with this id, or by `cli`'),
    client_id: text('Only events of this client'),
    ip: text('Only events from this IP address'),
    since: time('Only events at or after this time, such as `2026-01-01T00:00:00Z`'),
    until: time('Only events before this time, such as `2026-02-01T00:00:00Z`')
  },
  { title: 'AuditQuery', additionalProperties: false }
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
