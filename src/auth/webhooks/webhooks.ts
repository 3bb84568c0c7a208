import type { NewWebhook, Replay, Webhook, WebhookChange } from '../../../routes/webhooks.ts'
import { concurrentChange, invalidMember, Problem } from '../../base/errors.ts'
import type { Secrets } from '../../base/sealing.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import type { WebhookRow, WebhookStore } from '../../store/webhooks.ts'
import { type Administrator, assertHolds } from '../account/administrator.ts'
import { timeOf } from '../audit/positions.ts'
import { type AuditEvents, auditActions } from '../audit-events.ts'
import { webhookSealing } from '../keys/stored-secrets.ts'
import type { ReceiverRules } from './receiver-address.ts'
import { newWebhookSecret } from './signature.ts'

/** How many webhooks a server may have: each is read once a second. */
const mostWebhooks = 50
/** After every event of a seal. */
const wholeSeal = Number.MAX_SAFE_INTEGER

const patterns = new Set([
  '*',
  ...Object.entries(auditActions).flatMap(([kind, words]) => [`${kind}.*`, ...words.map(word => `${kind}.${word}`)])
])

export type Webhooks = ReturnType<typeof createWebhooks>

/**
 * Administration of webhooks. Whoever creates or changes one reads the audit trail by it, and therefore needs the scope
 * `audit:read` too.
 */
export function createWebhooks(deps: {
  config: Secrets
  store: WebhookStore
  audit: Pick<AuditStore, 'newestSeal' | 'lastPruned' | 'sealSince'>
  rules: Pick<ReceiverRules, 'faultOf'>
  auditEvents: AuditEvents
  newId: () => string
  now: () => Date
}) {
  const { config, store, audit, rules, auditEvents, newId, now } = deps
  const sealing = webhookSealing(config)

  const find = async (id: string): Promise<WebhookRow> => (await store.byId(id)) ?? noSuchWebhook()

  /** The URL in its one spelling. Throws a 400 unless events may be sent there. */
  function checked(url: string): string {
    const fault = rules.faultOf(url)
    if (fault !== undefined) throw invalidMember('/url', fault)
    return new URL(url).href
  }

  /** Records what has changed by `event`. Throws 409 when the webhook was changed or deleted since it was read. */
  async function change(webhook: WebhookRow, changes: Partial<WebhookRow>, event: ReturnType<AuditEvents['event']>) {
    const changed = await store.update(webhook, { ...changes, updatedAt: now() }, event)
    if (changed) return changed
    await find(webhook.id)
    throw concurrentChange()
  }

  /** The attempts begin again at once. */
  const afresh = () => ({
    ...{ attempts: 0, failingSince: null, nextAttemptAt: now() },
    ...{ pausedAt: null, pauseReason: null }
  })

  return {
    describe,

    /** The webhooks, the oldest first. */
    list: store.all,

    /** How many there are, and of how many nothing arrives though nobody has paused them. */
    async counts(): Promise<{ total: number; failing: number }> {
      const all = (await store.all()).map(describe)
      const isFailing = ({ state, pause_reason }: Webhook) =>
        state === 'failing' || (state === 'paused' && pause_reason !== 'administrator')
      return { total: all.length, failing: all.filter(isFailing).length }
    },

    /** The webhook with this id. Throws 404. */
    find,

    /**
     * Creates a webhook for the events that are sealed from now on. `secret` cannot be read again. Throws 400, 403
     * without the scope `audit:read`, and 409 when there are as many as there can be.
     */
    async create({ events, details = false, ...webhook }: NewWebhook, by: Administrator = {}) {
      assertHolds(by, ['audit:read'], 'send events without')
      const url = checked(webhook.url)
      assertPatterns(events)
      if ((await store.all()).length >= mostWebhooks)
        throw new Problem('limit_reached', `A server can have ${mostWebhooks} webhooks. Delete one first.`)
      const [id, secret, at] = [`wh_${newId()}`, newWebhookSecret(), now()]
      const row = await store.insert(
        {
          ...{ id, url, events: [...new Set(events)], details, secretSealed: sealing.seal(secret, { id }) },
          ...{ createdBy: by.actor ?? null, createdAt: at, updatedAt: at, nextAttemptAt: at },
          ...{ seal: (await audit.newestSeal())?.number ?? 0, seq: wholeSeal }
        },
        auditEvents.event('webhook.created', { ...by, subject: id, detail: { host: new URL(url).host } })
      )
      return { webhook: row, secret }
    },

    /**
     * Changes the members given in `changes`. `paused: false` also makes a failing webhook try again at once. Resolves
     * to the new secret with `rotate_secret`. Throws 400, 403 without the scope `audit:read`, 404, and 409.
     */
    async update(id: string, changes: WebhookChange, by: Administrator = {}) {
      assertHolds(by, ['audit:read'], 'send events without')
      const { events, details, paused, rotate_secret: rotates = false } = changes
      const webhook = await find(id)
      const url = changes.url === undefined ? undefined : checked(changes.url)
      if (events) assertPatterns(events)
      const secret = rotates ? newWebhookSecret() : undefined
      const detail = {
        ...(url !== undefined && { host: new URL(url).host }),
        ...(events && { events: events.join(' ') }),
        ...(details !== undefined && { details }),
        ...(paused !== undefined && { paused }),
        ...(rotates && { secret: 'rotated' })
      }
      const changed = await change(
        webhook,
        {
          ...(url !== undefined && { url }),
          ...(events && { events: [...new Set(events)] }),
          ...(details !== undefined && { details }),
          ...(secret !== undefined && { secretSealed: sealing.seal(secret, webhook) }),
          ...(paused === true && { pausedAt: now(), pauseReason: 'administrator' }),
          ...(paused === false && afresh())
        },
        auditEvents.event('webhook.updated', { ...by, subject: id, detail })
      )
      return { webhook: changed, secret }
    },

    /**
     * Sends every event again that follows a seal or happened since a time. Throws 400, also for a seal whose events
     * were pruned, 403 without the scope `audit:read`, 404, and 409.
     */
    async replay(id: string, { after, since }: Replay, by: Administrator = {}) {
      assertHolds(by, ['audit:read'], 'send events without')
      const webhook = await find(id)
      if ((after === undefined) === (since === undefined))
        throw new Problem('invalid_request', 'Send either after or since.', { errors: [eitherOr] })
      const [pruned, newest] = [await audit.lastPruned(), (await audit.newestSeal())?.number ?? 0]
      const found = since === undefined ? undefined : await audit.sealSince(timeOf('/since', since))
      const seal = after === 0 ? pruned : (after ?? (found === undefined ? newest : found - 1))
      if (seal < pruned || seal > newest)
        throw invalidMember('/after', `must be the number of a seal from ${pruned} to ${newest}`)
      const event = auditEvents.event('webhook.replayed', { ...by, subject: id, detail: { seal } })
      return change(webhook, { seal, seq: wholeSeal, reachedAt: null, nextAttemptAt: now() }, event)
    },

    /**
     * Records the event `webhook.tested`, which this webhook gets whatever it asks for, and tries at once what waits.
     * Throws 403 without the scope `audit:read`, 404, and 409 when the webhook is paused.
     */
    async test(id: string, by: Administrator = {}) {
      assertHolds(by, ['audit:read'], 'send events without')
      const event = auditEvents.event('webhook.tested', { ...by, subject: id })
      const isTried = await store.retry(id, now(), event)
      const webhook = await find(id)
      if (!isTried) throw new Problem('conflict', 'The webhook is paused. Continue it first.')
      return webhook
    },

    /** Deletes a webhook. Throws 404. */
    async delete(id: string, by: Administrator = {}): Promise<void> {
      if (!(await store.delete(id, auditEvents.event('webhook.deleted', { ...by, subject: id })))) noSuchWebhook()
    }
  }
}

/** The webhook as the API returns it and the commands print it. */
const describe = (row: WebhookRow): Webhook => ({
  id: row.id,
  url: row.url,
  events: row.events,
  details: row.details,
  state: row.pausedAt ? 'paused' : row.attempts > 0 ? 'failing' : 'active',
  pause_reason: row.pauseReason,
  seal: row.seal,
  reached_at: row.reachedAt?.toISOString() ?? null,
  lost: row.lost,
  failing_since: row.failingSince?.toISOString() ?? null,
  next_attempt_at: row.attempts > 0 && !row.pausedAt ? row.nextAttemptAt.toISOString() : null,
  deliveries: row.deliveries,
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
  updated_at: row.updatedAt.toISOString()
})

const eitherOr = { pointer: '', detail: 'must have either after or since' }

/** Throws a 400 about a pattern that names no action. */
export function assertPatterns(events: string[]) {
  const unknown = events.find(pattern => !patterns.has(pattern))
  if (unknown !== undefined)
    throw invalidMember('/events', `must not contain ${unknown}: use an action such as login.failed, user.* or *`)
}

function noSuchWebhook(): never {
  throw new Problem('not_found', 'There is no webhook with this id.')
}
