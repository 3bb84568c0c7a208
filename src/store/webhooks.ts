import { and, asc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Engine, Schema } from './engine/dialect.ts'
import { mailInserts, type NewMail } from './mail.ts'

export type WebhookStore = ReturnType<typeof createWebhookStore>
/** A webhook, and how far its events were sent. */
export type WebhookRow = Schema['webhooks']['$inferSelect']
/** A webhook to add. */
export type NewWebhook = Schema['webhooks']['$inferInsert']

/** How far the events of a webhook were sent, and what happened last. */
export type Progress = Partial<
  Pick<
    WebhookRow,
    | 'seal'
    | 'seq'
    | 'reachedAt'
    | 'attempts'
    | 'failingSince'
    | 'nextAttemptAt'
    | 'pausedAt'
    | 'pauseReason'
    | 'deliveries'
  >
>

/** Reads and writes of the table `webhooks`. */
export function createWebhookStore({ db, schema, atomic }: Engine) {
  const { webhooks } = schema
  const asRead = ({ id, epoch }: WebhookRow) => and(eq(webhooks.id, id), eq(webhooks.epoch, epoch))

  return {
    /** Adds a webhook and its audit event. */
    async insert(webhook: NewWebhook, event: AuditEvent): Promise<WebhookRow> {
      const rows = await atomic((tx, then) => [
        tx.insert(webhooks).values(webhook).returning(),
        auditInsert(then, schema, event)
      ])
      return rows[0] as WebhookRow
    },

    /** Every webhook, the oldest first. */
    async all(): Promise<WebhookRow[]> {
      return await db.select().from(webhooks).orderBy(asc(webhooks.createdAt), asc(webhooks.id))
    },

    async byId(id: string): Promise<WebhookRow | undefined> {
      return (await db.select().from(webhooks).where(eq(webhooks.id, id)))[0]
    },

    /** Changes a webhook and begins a new epoch. `undefined` when it was changed or deleted since it was read. */
    async update(
      webhook: WebhookRow,
      changes: Partial<WebhookRow>,
      event: AuditEvent
    ): Promise<WebhookRow | undefined> {
      const rows = await atomic((tx, then) => [
        tx
          .update(webhooks)
          .set({ ...changes, epoch: webhook.epoch + 1 })
          .where(asRead(webhook))
          .returning(),
        auditInsert(then, schema, event)
      ])
      return rows[0]
    },

    /** Makes a webhook try again at `now`, and records an event. False when it is paused, or does not exist. */
    async retry(id: string, now: Date, event: AuditEvent): Promise<boolean> {
      const rows = await atomic((tx, then) => [
        tx
          .update(webhooks)
          .set({ nextAttemptAt: now })
          .where(and(eq(webhooks.id, id), isNull(webhooks.pausedAt)))
          .returning({ id: webhooks.id }),
        auditInsert(then, schema, event)
      ])
      return rows.length > 0
    },

    /** Deletes a webhook; false when it does not exist. */
    async delete(id: string, event: AuditEvent): Promise<boolean> {
      const rows = await atomic((tx, then) => [
        tx.delete(webhooks).where(eq(webhooks.id, id)).returning({ id: webhooks.id }),
        auditInsert(then, schema, event)
      ])
      return rows.length > 0
    },

    /**
     * Takes for `owner` the lease of every webhook that is not paused, or extends it, for `ms` milliseconds from `now`,
     * unless another process holds it. Resolves to the ids. A lease that ends later than one can was made by a clock
     * that has been set back since.
     */
    async lease(owner: string, now: number, ms: number): Promise<string[]> {
      const isFree = or(
        isNull(webhooks.leaseOwner),
        eq(webhooks.leaseOwner, owner),
        lt(webhooks.leaseUntil, now),
        gt(webhooks.leaseUntil, now + 2 * ms)
      )
      const rows = await atomic(tx => [
        tx
          .update(webhooks)
          .set({ leaseOwner: owner, leaseUntil: now + ms })
          .where(and(isNull(webhooks.pausedAt), isFree))
          .returning({ id: webhooks.id })
      ])
      return rows.map(({ id }) => id)
    },

    /** Ends the leases of `owner`. */
    async release(owner: string): Promise<void> {
      await atomic(tx => [
        tx
          .update(webhooks)
          .set({ leaseOwner: null })
          .where(eq(webhooks.leaseOwner, owner))
          .returning({ id: webhooks.id })
      ])
    },

    /**
     * Notes how far `owner` has sent the events of a webhook, of which `told` that were lost. `announced` is the event
     * and the messages of a pause. False when the webhook has changed since it was read, or another process holds its
     * lease.
     */
    async progress(
      webhook: WebhookRow,
      owner: string,
      progress: Progress,
      { told = 0, announced }: { told?: number; announced?: { event: AuditEvent; mail: NewMail[] } | undefined } = {}
    ): Promise<boolean> {
      const rows = await atomic((tx, then) => [
        tx
          .update(webhooks)
          .set({ ...progress, ...(told > 0 && { lost: sql`${webhooks.lost} - ${told}` }) })
          .where(and(asRead(webhook), eq(webhooks.leaseOwner, owner)))
          .returning({ id: webhooks.id }),
        ...(announced ? [auditInsert(then, schema, announced.event), ...mailInserts(then, schema, announced.mail)] : [])
      ])
      return rows.length > 0
    }
  }
}
