import { and, eq, gt, lt, lte, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine, Following, Schema } from './engine/dialect.ts'
import { mailInserts, type NewMail } from './mail.ts'

export type EmailCodeStore = ReturnType<typeof createEmailCodeStore>
/** The source of a code in the mail, and the account that it is bound to. */
export type EmailCodeRow = Schema['emailCodes']['$inferSelect']

/** The statement that deletes the code of an account, for the list that deletes the account. */
export const emailCodeDelete = (then: Following, { emailCodes }: Schema, userId: string) =>
  then.delete(emailCodes, eq(emailCodes.userId, userId))

/** Reads and writes of the table `email_codes`. */
export function createEmailCodeStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { emailCodes } = schema
  const { userId, tries, expiresAt } = emailCodes
  return {
    /** Replaces the code of the account, queues its message, and records the event of the request. */
    async replace(row: Omit<EmailCodeRow, 'tries'>, message: NewMail, event: AuditEvent) {
      const fresh = { ...row, tries: 0 }
      await atomic((tx, then) => [
        tx.insert(emailCodes).values(fresh).onConflictDoUpdate({ target: userId, set: fresh }).returning({ userId }),
        ...mailInserts(then, schema, [message]),
        auditInsert(then, schema, event)
      ])
    },

    /** The code of the account that has not expired at `now`. */
    async live(account: string, now: Date): Promise<EmailCodeRow | undefined> {
      const [row] = await db
        .select()
        .from(emailCodes)
        .where(and(eq(userId, account), gt(expiresAt, now)))
      return row
    },

    /**
     * Counts a try at the code of the account, and reads it, in one statement, so that parallel tries are no more than
     * `most`. `undefined` after as many tries, when the code has expired at `now`, and when it is that of another
     * series: a stranger's tries do not count for the owner.
     */
    async take(
      { account, series, most }: { account: string; series: string; most: number },
      now: Date
    ): Promise<EmailCodeRow | undefined> {
      const [row] = await atomic(tx => [
        tx
          .update(emailCodes)
          .set({ tries: sql`${tries} + 1` })
          .where(and(eq(userId, account), eq(emailCodes.series, series), lt(tries, most), gt(expiresAt, now)))
          .returning()
      ])
      return row
    },

    /** Deletes codes that have expired at `now`, until `stop` fires. */
    prune(now: Date, stop?: AbortSignal) {
      return deleteInSteps(
        engine,
        { table: emailCodes, key: { userId }, old: lte(expiresAt, now), age: expiresAt },
        stop
      )
    }
  }
}
