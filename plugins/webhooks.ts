import fp from 'fastify-plugin'
import type { Post } from '../src/auth/webhooks/post.ts'
import { createWebhookSender, type WebhookOutcome } from '../src/auth/webhooks/sender.ts'
import { every } from '../src/base/recurring.ts'
import type { Config } from '../src/config/config.ts'

// Sends sealed events to webhooks while the server accepts requests. The gauge `sallyport_webhooks_failing` counts those
// whose events are not accepted, and those that are paused for it.
const secondMs = 1000

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { audit, databaseClock, db, log, metrics, webhooks } = app
    let poster: Post | undefined
    const post: Post['post'] = async (...message) => {
      // Loaded only when there is something to send.
      const { createPost } = await import('../src/auth/webhooks/post.ts')
      poster ??= createPost(app.receiverRules)
      return poster.post(...message)
    }
    let isFailing = false
    const onFailure = (err: unknown) => {
      // Logged once, not every second.
      if (!isFailing) app.logFailure('error', { err }, 'failed to send events to webhooks')
      isFailing = true
    }
    const sender = createWebhookSender({
      ...{ config, store: db.webhooks, audit: db.audit, users: db.users, mail: app.mail },
      ...{ auditEvents: app.auditEvents, sign: audit.sign, post, owner: app.clock.newId(), now: databaseClock.now },
      onFailure,
      onOutcome(outcome, { id }, { event, type, status, error }, lost) {
        metrics.webhooked(outcome)
        if (lost > 0) log.warn({ webhook: id, lost }, lostSentence)
        if (outcome !== 'delivered')
          log[levels[outcome]]({ webhook: id, event, type, status, error }, sentences[outcome])
      }
    })
    const look = async (stop: AbortSignal) => {
      await sender.look(stop)
      isFailing = false
    }
    let stop: (() => Promise<void>) | undefined
    app.whenServing(() => {
      stop = every(secondMs, look, onFailure)
    }, 'failed to start webhooks: events wait for the next start')
    app.addHook('onClose', async () => {
      await stop?.()
      if (stop) await sender.end().catch(onFailure)
      poster?.close()
    })
    const help = 'Webhooks whose events are not accepted, also those that are paused for it'
    metrics.gauge('sallyport_webhooks_failing', help, async () => (await webhooks.counts()).failing, 'max')
  },
  { name: 'webhooks', dependencies: ['outage', 'metrics', 'db', 'services', 'serving'] }
)

const lostSentence = 'events were pruned before they could be sent to a webhook; the receiver was told how many'

const levels = { failed: 'warn', paused: 'error' } as const satisfies { [outcome in WebhookOutcome]?: 'warn' | 'error' }

const sentences = {
  failed: 'event not accepted by a webhook: retrying later',
  paused: 'webhook paused: continue it when its receiver accepts events again'
}
