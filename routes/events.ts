import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { problems } from './refusals.ts'
import { AuditEvent, needs, time } from './shapes.ts'

const limit = Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'Events per page' })
const wait = Type.Integer({
  minimum: 0,
  maximum: 30,
  default: 0,
  description: 'How many seconds to wait for an event if there is none yet'
})

export type EventsQuery = Static<typeof EventsQuery>
const EventsQuery = Type.Object(
  {
    after: Type.Optional(
      Type.String({
        maxLength: 50,
        description: 'The `next_cursor` of the previous page, or the number of a seal; without it, the oldest event'
      })
    ),
    // Optional in the request: the validator fills in the defaults.
    limit: Type.Optional(limit) as unknown as typeof limit,
    wait: Type.Optional(wait) as unknown as typeof wait
  },
  { title: 'EventsQuery', additionalProperties: false }
)

const { actor, subject, client_id, ip, detail, action } = AuditEvent.properties

export type OutgoingEvent = Static<typeof OutgoingEvent>
const OutgoingEvent = Type.Object(
  {
    id: Type.String({ description: 'The same whenever the event is sent', examples: ['evt_17_1769860800000'] }),
    type: action,
    timestamp: time('When it happened'),
    seal: Type.Integer({ description: 'The number of the seal that covers it', examples: [5] }),
    data: Type.Object(
      { actor, subject, client_id, ip: Type.Optional(ip), detail: Type.Optional(detail) },
      { title: 'EventData', description: 'Ids; `ip` and `detail` only for a client with `event_details`' }
    )
  },
  { title: 'Event', description: 'An event of the audit trail' }
)

export type EventsPage = Static<typeof EventsPage>
const EventsPage = Type.Object(
  {
    items: Type.Array(OutgoingEvent),
    next_cursor: Type.String({ description: 'The cursor for the events that follow, which may be yet to come' })
  },
  { title: 'Events', description: 'Events in the order of their seals' }
)

const events: FastifyPluginAsyncTypebox = async app => {
  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  app.get(
    '/events',
    {
      onRequest: app.authenticateReader('audit:read'),
      schema: {
        operationId: 'listEvents',
        summary: 'Fetch sealed events, oldest first, or wait for them',
        description:
          'The events in the order of the seals, which all nodes agree on: an event that is committed late comes later, and none is skipped. Also takes a personal access token with this scope. 410 means that events after the cursor were pruned, or that a backup was restored: `oldest` says where to go on.',
        tags: ['administration'],
        security: needs('audit:read'),
        querystring: EventsQuery,
        response: { 200: EventsPage, ...problems(400, 401, 403, 410, 503) }
      }
    },
    async function listEvents(request, reply): Promise<EventsPage> {
      const stop = AbortSignal.any([closing.signal, reply.disconnected()])
      return app.eventFeed.page(request.query, request.readerClient, stop)
    }
  )
}

export default events
