import { and, asc, count, eq, lte, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Engine, Following, Schema } from './engine/dialect.ts'

export type MailStore = ReturnType<typeof createMailStore>
/** A queued message: its kind, its address and, if it contains a link, its user. */
export type MailRow = Schema['mail']['$inferSelect']
/** A message to queue. */
export type NewMail = Omit<MailRow, 'attempts'>

/** The statements that queue messages, for the list of the change that they announce. */
export const mailInserts = (then: Following, { mail }: Schema, messages: NewMail[]) =>
  messages.map(message => then.insert(mail, message))

/** Reads and writes of the table `mail`, the queue of unsent messages. */
export function createMailStore({ db, schema, atomic }: Engine) {
  const { mail } = schema
  return {
    /** Queues a message that announces no change, and records the audit event of the request for it. */
    async queue(message: NewMail, event: AuditEvent) {
      await atomic((tx, then) => [
        tx.insert(mail).values(message).returning({ id: mail.id }),
        auditInsert(then, schema, event)
      ])
    },

    /** Up to `limit` messages after `last` whose next attempt is due at `now`, the most overdue first. */
    async due(now: Date, limit: number, last?: Pick<MailRow, 'nextAttemptAt' | 'id'>): Promise<MailRow[]> {
      const { nextAttemptAt, id } = mail
      return await db
        .select()
        .from(mail)
        .where(
          and(
            lte(nextAttemptAt, now),
            last && sql`(${nextAttemptAt}, ${id}) > (${sql.param(last.nextAttemptAt, nextAttemptAt)}, ${last.id})`
          )
        )
        .orderBy(asc(nextAttemptAt), asc(id))
        .limit(limit)
    },

    /** Counts an attempt and postpones the next one. False when another process has begun this attempt. */
    async claim({ id, attempts }: MailRow, nextAttemptAt: Date) {
      const rows = await atomic(tx => [
        tx
          .update(mail)
          .set({ attempts: sql`${mail.attempts} + 1`, nextAttemptAt })
          .where(and(eq(mail.id, id), eq(mail.attempts, attempts)))
          .returning({ id: mail.id })
      ])
      return rows.length > 0
    },

    /** Removes a message from the queue. */
    async remove(id: string) {
      await atomic(tx => [tx.delete(mail).where(eq(mail.id, id)).returning({ id: mail.id })])
    },

    /** How many messages are queued. */
    async count() {
      const [row] = await db.select({ count: count() }).from(mail)
      return Number(row?.count)
    },

    /** When the oldest queued message was queued; `undefined` without one. */
    async oldest(): Promise<Date | undefined> {
      const [row] = await db.select({ at: mail.createdAt }).from(mail).orderBy(asc(mail.createdAt)).limit(1)
      return row?.at
    }
  }
}
