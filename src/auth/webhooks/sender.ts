import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { isAsked } from '../../base/action-patterns.ts'
import type { Secrets } from '../../base/sealing.ts'
import type { AuditRow } from '../../store/audit/events.ts'
import type { AuditStore } from '../../store/audit/trail.ts'
import type { Delivery } from '../../store/schema/tables.ts'
import type { UserStore } from '../../store/users.ts'
import type { Progress, WebhookRow, WebhookStore } from '../../store/webhooks.ts'
import type { AuditEvents } from '../audit-events.ts'
import { webhookSealing } from '../keys/stored-secrets.ts'
import type { Mail } from '../mail/mail.ts'
import { outgoing } from './outgoing-event.ts'
import type { Post } from './post.ts'
import { signedHeaders } from './signature.ts'

const [minuteMs, hourMs] = [60_000, 3_600_000]
const longestMs = 12 * hourMs
/** The waits before the attempts after the first, the last one again and again; and how long an event is tried. */
const longWaitsMs = [5000, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs, 10 * hourMs, longestMs]
const patienceMs = 5 * 24 * hourMs

/** How long a lease is, and how often it is extended, in milliseconds. */
const leaseMs = 10_000
const renewMs = 3000
/** How often the place of a webhook whose events are accepted is noted: these are sent again after a crash. */
const noteMs = 1000
/** How many events are read at once, since SQLite blocks the event loop. */
const pageEvents = 200
/** How many deliveries are kept for people to look at. */
const mostDeliveries = 20
/** The milliseconds between two messages of this process: few while its requests keep it busy. */
const gapMs = { idle: 1, busy: 20 }
/** The share of a second's event loop from which the process is busy. */
const busyShare = 0.5

/** The result of an attempt, for the log and the metrics. */
export type WebhookOutcome = 'delivered' | 'failed' | 'paused'

/**
 * Sends sealed events to webhooks, in the order of the seals and one after the other for each webhook. It reads them
 * from the trail, so that no request does more because of it. One process holds the lease of a webhook; when it ends,
 * another one takes it and goes on from the last noted place, so that every event is sent at least once. `onOutcome`
 * receives each attempt, and how many events the message said to be lost.
 */
export function createWebhookSender(deps: {
  config: Secrets
  store: WebhookStore
  audit: Pick<AuditStore, 'newestSeal' | 'sealedAfter'>
  users: Pick<UserStore, 'byId'>
  mail: Pick<Mail, 'notice'>
  auditEvents: AuditEvents
  sign: (text: string) => string
  post: Post['post']
  /** A name of this process. */
  owner: string
  onOutcome: (outcome: WebhookOutcome, webhook: WebhookRow, delivery: Delivery, lost: number) => void
  onFailure: (error: unknown) => void
  /** The clock that the processes share. */
  now: () => Date
  waitsMs?: number[]
}) {
  const { config, store, audit, users, mail, auditEvents, sign, post, owner, onOutcome, onFailure, now } = deps
  const { waitsMs = longWaitsMs } = deps
  const sealing = webhookSealing(config)
  /** When each lease ends at the latest, by the monotonic clock. */
  const held = new Map<string, number>()
  const sending = new Map<string, Promise<void>>()
  /** The newest seal of which each webhook has everything, in its present epoch. */
  const done = new Map<string, { epoch: number; seal: number }>()
  let renewedAt = Number.NEGATIVE_INFINITY
  let load = performance.eventLoopUtilization()
  let isBusy = false
  let nextAt = 0

  const isHeld = ({ id }: WebhookRow) => (held.get(id) ?? 0) > performance.now()
  const hasAll = ({ id, epoch }: WebhookRow, newest: number) => {
    const known = done.get(id)
    return known?.epoch === epoch && known.seal >= newest
  }

  /** Whether the next attempt is due. One that is too far away was set by a clock that has been set back since. */
  function isDue({ attempts, nextAttemptAt }: WebhookRow) {
    const waitMs = nextAttemptAt.getTime() - now().getTime()
    return attempts === 0 || waitMs <= 0 || waitMs > longestMs
  }

  async function renew() {
    const begun = performance.now()
    const ids = await store.lease(owner, now().getTime(), leaseMs)
    renewedAt = begun
    for (const id of held.keys()) if (!ids.includes(id)) held.delete(id)
    for (const id of ids) held.set(id, begun + leaseMs)
  }

  /** Waits for the turn of the next message or page of this process; requests have theirs meanwhile. */
  async function turn() {
    const at = performance.now()
    nextAt = Math.max(nextAt + (isBusy ? gapMs.busy : gapMs.idle), at)
    await setTimeout(nextAt - at)
  }

  async function attempt(webhook: WebhookRow, row: AuditRow, lost: number, stop: AbortSignal): Promise<Delivery> {
    const event = outgoing(row, webhook)
    const body = JSON.stringify(lost > 0 ? { ...event, lost } : event)
    const at = now()
    const secret = sealing.open(webhook.secretSealed, webhook)?.text
    const headers = signedHeaders({ id: event.id, at, body }, { sign, secret })
    const begun = performance.now()
    const [status, error] = await post(webhook.url, headers, body, stop).then(
      answer => [answer, answer >= 200 && answer < 300 ? null : `status ${answer}`] as const,
      error => [null, describe(error)] as const
    )
    const about = { at: at.toISOString(), event: event.id, type: row.action }
    return { ...about, status, error, ms: Math.round(performance.now() - begun) }
  }

  /** What a failed attempt changes, and what is said about a pause. */
  async function afterFailure(webhook: WebhookRow, { status }: Delivery, attempts: number, since: Date | null) {
    const at = now()
    const failingSince = since ?? at
    const wait = waitsMs[Math.min(attempts, waitsMs.length - 1)] as number
    const progress: Progress = {
      attempts: attempts + 1,
      failingSince,
      nextAttemptAt: new Date(at.getTime() + wait)
    }
    const isGone = status === 410
    if (!isGone && at.getTime() - failingSince.getTime() < patienceMs) return { progress }
    const reason = isGone ? 'gone' : 'failing'
    const event = auditEvents.event('webhook.paused', { subject: webhook.id, detail: { reason } })
    const creator = webhook.createdBy === null ? undefined : await users.byId(webhook.createdBy)
    const messages = creator ? mail.notice(creator, 'webhook_paused') : []
    const pause: Progress = { pausedAt: at, pauseReason: reason }
    return { progress: { ...progress, ...pause }, announced: { event, mail: messages } }
  }

  /** Sends what follows the place of the webhook, until an attempt fails or nothing is left. */
  async function send(webhook: WebhookRow, stop: AbortSignal) {
    const newest = (await audit.newestSeal())?.number ?? 0
    const place = { seal: webhook.seal, seq: webhook.seq }
    let { attempts, failingSince, deliveries, reachedAt } = webhook
    let [lost, told, isNoted, notedAt] = [webhook.lost, 0, true, performance.now()]

    /** Writes the place down. False when the webhook has changed, or another process sends for it. */
    async function note(more: Progress = {}, announced?: Awaited<ReturnType<typeof afterFailure>>['announced']) {
      const progress = { ...place, reachedAt, attempts, failingSince, deliveries, ...more }
      const isOurs = await store.progress(webhook, owner, progress, { told, announced })
      ;[told, isNoted, notedAt] = [0, true, performance.now()]
      return isOurs
    }

    for (let rows = await audit.sealedAfter(place, pageEvents); rows.length > 0; ) {
      for (const row of rows) {
        if (isAsked(webhook.events, row.action) || (row.action === 'webhook.tested' && row.subject === webhook.id)) {
          await turn()
          if (stop.aborted || !isHeld(webhook)) return void (isNoted || (await note()))
          const delivery = await attempt(webhook, row, lost, stop)
          if (stop.aborted) return void (isNoted || (await note()))
          deliveries = [delivery, ...deliveries].slice(0, mostDeliveries)
          if (delivery.error !== null) {
            const { progress, announced } = await afterFailure(webhook, delivery, attempts, failingSince)
            if (await note(progress, announced)) onOutcome(announced ? 'paused' : 'failed', webhook, delivery, 0)
            return
          }
          onOutcome('delivered', webhook, delivery, lost)
          ;[attempts, failingSince, told, lost] = [0, null, told + lost, 0]
        }
        Object.assign(place, { seal: Number(row.seal), seq: row.seq })
        ;[reachedAt, isNoted] = [row.at, false]
        if (performance.now() - notedAt > noteMs && !(await note())) return
      }
      await turn()
      rows = await audit.sealedAfter(place, pageEvents)
    }
    if (isNoted || (await note())) done.set(webhook.id, { epoch: webhook.epoch, seal: newest })
  }

  function begin(webhook: WebhookRow, stop: AbortSignal) {
    const { id } = webhook
    const run = send(webhook, stop)
      .catch(onFailure)
      .finally(() => sending.delete(id))
    sending.set(id, run)
  }

  return {
    /** Takes free leases, and begins to send what is due. Rejects when the database fails. */
    async look(stop: AbortSignal): Promise<void> {
      const latest = performance.eventLoopUtilization()
      isBusy = performance.eventLoopUtilization(latest, load).utilization > busyShare
      load = latest
      const open = (await store.all()).filter(({ pausedAt }) => pausedAt === null)
      if (open.length === 0) return
      if (performance.now() - renewedAt >= renewMs || open.some(({ leaseOwner }) => leaseOwner === null)) await renew()
      const newest = (await audit.newestSeal())?.number ?? 0
      for (const webhook of open) {
        if (isDue(webhook) && !hasAll(webhook, newest) && isHeld(webhook) && !sending.has(webhook.id))
          begin(webhook, stop)
      }
    },

    /** Resolves when nothing is being sent, and others can take the leases. */
    async end(): Promise<void> {
      await Promise.all(sending.values())
      if (held.size > 0) await store.release(owner)
    }
  }
}

/** Why there was no answer, in a few words. */
function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return String(code ?? message).slice(0, 100)
}
