import type { Test } from 'tap'
import type { Post } from '../../src/auth/webhooks/post.ts'
import { createWebhookSender } from '../../src/auth/webhooks/sender.ts'
import type { Config } from '../../src/config/config.ts'
import { createServices } from './app.ts'

/** A message that a receiver got, and the answer. */
export interface Received {
  url: string
  headers: Record<string, string>
  body: { id: string; type: string; seal: number; lost?: number; data: Record<string, unknown> }
}

/**
 * The services of an app, a webhook for `events`, and senders whose messages go to `receiver.answer`. `passed` has the
 * types of the accepted ones.
 */
export async function withWebhook(t: Test, events = ['*'], settings: Partial<Config> = {}) {
  const { app, clock, config } = await createServices(t, settings)
  const got: Received[] = []
  const heard: string[] = []
  const receiver = { answer: async (_message: Received, _stop: AbortSignal): Promise<number> => 204 }
  const post: Post['post'] = async (url, headers, body, stop) => {
    const message = { url, headers, body: JSON.parse(body) }
    const status = await receiver.answer(message, stop)
    if (status < 300) got.push(message)
    return status
  }
  const createSender = (owner: string) =>
    createWebhookSender({
      ...{ config, store: app.db.webhooks, audit: app.db.audit, users: app.db.users, mail: app.mail },
      ...{ auditEvents: app.auditEvents, sign: app.audit.sign, post, owner, now: clock.now },
      onOutcome: (outcome, _webhook, { error }, lost) =>
        void heard.push([outcome, error, lost || null].filter(Boolean).join(' ')),
      onFailure: error => {
        throw error
      }
    })
  const stop = new AbortController()
  const { webhook, secret } = await app.webhooks.create({ url: 'https://crm.example.com/events', events })
  return {
    ...{ app, clock, config, got, heard, receiver, createSender, secret, id: webhook.id, stop },
    /** Records an event of each of these types. */
    record: async (...types: string[]) => {
      for (const type of types) await app.db.audit.record({ ...app.auditEvents.event('user.created'), action: type })
    },
    /** Seals what was recorded, and sends it with one sender, which ends. */
    async send(owner = 'a node') {
      await app.audit.seal()
      const sender = createSender(owner)
      await sender.look(stop.signal)
      await sender.end()
    },
    state: async () => app.webhooks.describe(await app.webhooks.find(webhook.id)),
    passed: () => got.map(({ body }) => body.type)
  }
}
