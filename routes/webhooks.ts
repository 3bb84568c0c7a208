import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import { needsRecentLogin, problems } from './refusals.ts'
import { needs, nullable, time } from './shapes.ts'

const url = Type.String({
  minLength: 1,
  maxLength: 2000,
  description: 'Where events are posted; https, and a host of the internet or of `WEBHOOK_HOSTS`',
  examples: ['https://crm.example.com/events']
})
const events = Type.Array(Type.String({ maxLength: 64 }), {
  minItems: 1,
  maxItems: 50,
  description: 'Actions such as `login.failed`, all of a kind such as `user.*`, or `*`',
  examples: [['user.*', 'login.failed']]
})
const details = Type.Boolean({
  description: 'Whether events have the IP address and the details, which can be personal data',
  examples: [false]
})

const optionalTime = (description: string) =>
  nullable(Type.String({ format: 'date-time', description, examples: [null] }))

const Delivery = Type.Object(
  {
    at: time('When it began'),
    event: Type.String({ description: 'The id of the event', examples: ['evt_17_1769860800000'] }),
    type: Type.String({ description: 'The action', examples: ['user.created'] }),
    status: nullable(Type.Integer({ description: 'The status of the answer; null without one', examples: [204] })),
    error: nullable(Type.String({ description: 'Why it failed; null when it did not', examples: [null] })),
    ms: Type.Integer({ description: 'How long it took, in milliseconds', examples: [12] })
  },
  { title: 'Delivery' }
)

export type Webhook = Static<typeof Webhook>
const Webhook = Type.Object(
  {
    id: Type.String({ examples: ['wh_019c1f3e-7d52-7cc3-a5fd-1f3c0b2c9f10'] }),
    url,
    events,
    details,
    state: Type.Unsafe<'active' | 'failing' | 'paused'>({
      type: 'string',
      enum: ['active', 'failing', 'paused'],
      description: '`failing` tries the first event that was not accepted again, and sends no later one',
      examples: ['active']
    }),
    pause_reason: Type.Unsafe<'administrator' | 'failing' | 'gone' | null>({
      type: ['string', 'null'],
      enum: ['administrator', 'failing', 'gone', null],
      description: '`failing` for five days, or `gone`, the receiver having answered 410; null unless paused',
      examples: [null]
    }),
    seal: Type.Integer({ description: 'The seal up to which, or into which, events were sent', examples: [5] }),
    reached_at: optionalTime('The time of the last event that was sent, or that it does not ask for'),
    lost: Type.Integer({
      description: 'Events that were pruned before they were sent; the next message says so',
      examples: [0]
    }),
    failing_since: optionalTime('Since when its events are not accepted'),
    next_attempt_at: optionalTime('When a failing one is tried again'),
    deliveries: Type.Array(Delivery, { maxItems: 20, description: 'The last attempts, the latest first' }),
    created_by: nullable(Type.String({ description: 'The user or client that created it, or `cli`' })),
    created_at: time('When it was created'),
    updated_at: time('When an administrator last changed it')
  },
  { title: 'Webhook', description: 'Where events are sent' }
)

const secret = Type.String({
  description: 'The key of the part `v1` of `webhook-signature`; it cannot be read again',
  examples: ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD']
})

export type NewWebhook = Static<typeof NewWebhook>
const NewWebhook = Type.Object(
  { url, events, details: Type.Optional(details) },
  { title: 'NewWebhook', additionalProperties: false }
)
const CreatedWebhook = Type.Object(
  { ...Webhook.properties, secret },
  { title: 'CreatedWebhook', description: 'The new webhook' }
)

export type WebhookChange = Static<typeof WebhookChange>
const WebhookChange = Type.Object(
  {
    url: Type.Optional(url),
    events: Type.Optional(events),
    details: Type.Optional(details),
    paused: Type.Optional(
      Type.Boolean({ description: 'false continues where it stopped, and tries at once', examples: [false] })
    ),
    rotate_secret: Type.Optional(
      Type.Boolean({ description: 'true makes a new `secret`, which the answer has', examples: [true] })
    )
  },
  { title: 'WebhookChange', additionalProperties: false, minProperties: 1 }
)
const ChangedWebhook = Type.Object(
  { ...Webhook.properties, secret: Type.Optional(secret) },
  { title: 'ChangedWebhook', description: 'The webhook after the change' }
)

export type Replay = Static<typeof Replay>
const Replay = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Sends the events after this seal again; 0 for all', examples: [4] })
    ),
    since: Type.Optional(time('Sends the events since this time again'))
  },
  { title: 'Replay', additionalProperties: false }
)

const params = Type.Object({ id: Type.String({ pattern: '^wh_[0-9a-f-]{36}$', description: 'The id of the webhook' }) })

const webhooks: FastifyPluginAsyncTypebox = async app => {
  const readers = app.authenticate('webhooks:write')
  const writers = [readers, app.administration]
  const secured = { tags: ['administration'], security: needs('webhooks:write') }
  const alsoReads = `Your access token also needs \`audit:read\`. ${needsRecentLogin}`
  const refused = problems(400, 401, 403, 404, 409, 413, 414, 415, 429, 503)

  app.get(
    '/webhooks',
    {
      onRequest: readers,
      schema: {
        ...secured,
        operationId: 'listWebhooks',
        summary: 'List webhooks, the oldest first',
        description: 'With their last deliveries, and without their secrets.',
        response: {
          200: Type.Object({ items: Type.Array(Webhook) }, { title: 'Webhooks', description: 'All webhooks' }),
          ...problems(400, 401, 403, 503)
        }
      }
    },
    async function listWebhooks() {
      return { items: (await app.webhooks.list()).map(app.webhooks.describe) }
    }
  )

  app.post(
    '/webhooks',
    {
      onRequest: writers,
      schema: {
        ...secured,
        operationId: 'createWebhook',
        summary: 'Create a webhook',
        description: `Events that are sealed from now on are posted to \`url\`, one in a request, in the order of the seals (Standard Webhooks 1.0.0). Only this response contains the secret. ${alsoReads}`,
        body: NewWebhook,
        response: {
          201: CreatedWebhook,
          ...problems(400, 401, 403, 409, 413, 415, 429, 503)
        }
      }
    },
    async function createWebhook(request, reply) {
      const { webhook, secret } = await app.webhooks.create(request.body, request.administrator())
      return reply.code(201).send({ ...app.webhooks.describe(webhook), secret })
    }
  )

  app.patch(
    '/webhooks/:id',
    {
      onRequest: writers,
      schema: {
        ...secured,
        operationId: 'updateWebhook',
        summary: 'Change, pause or continue a webhook, or replace its secret',
        description: `Messages of the next second may still be those from before the change. ${alsoReads}`,
        params,
        body: WebhookChange,
        response: { 200: ChangedWebhook, ...refused }
      }
    },
    async function updateWebhook(request) {
      const { webhook, secret } = await app.webhooks.update(request.params.id, request.body, request.administrator())
      return { ...app.webhooks.describe(webhook), ...(secret === undefined ? {} : { secret }) }
    }
  )

  app.delete(
    '/webhooks/:id',
    {
      onRequest: writers,
      schema: {
        ...secured,
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook',
        description: needsRecentLogin,
        params,
        response: {
          204: { type: 'null', description: 'The webhook is deleted' },
          ...problems(400, 401, 403, 404, 413, 414, 415, 429, 503)
        }
      }
    },
    async function deleteWebhook(request, reply) {
      await app.webhooks.delete(request.params.id, request.administrator())
      return reply.code(204).send()
    }
  )

  app.post(
    '/webhooks/:id/replay',
    {
      onRequest: writers,
      schema: {
        ...secured,
        operationId: 'replayWebhook',
        summary: 'Send events again',
        description: `With their ids, so that a receiver knows those that it has. ${alsoReads}`,
        params,
        body: Replay,
        response: { 200: Webhook, ...refused }
      }
    },
    async function replayWebhook(request) {
      const { id } = request.params
      return app.webhooks.describe(await app.webhooks.replay(id, request.body, request.administrator()))
    }
  )

  app.post(
    '/webhooks/:id/test',
    {
      onRequest: writers,
      schema: {
        ...secured,
        operationId: 'testWebhook',
        summary: 'Send a test event',
        description: `Records the event \`webhook.tested\`, which takes the same way as every other one. ${alsoReads}`,
        params,
        response: { 200: Webhook, ...refused }
      }
    },
    async function testWebhook(request) {
      return app.webhooks.describe(await app.webhooks.test(request.params.id, request.administrator()))
    }
  )
}

export default webhooks
