import { and, eq, inArray, lte, sql } from 'drizzle-orm'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine, Following, Schema } from './engine/dialect.ts'
import { preparedLater } from './engine/prepared-later.ts'

export type OneTimeTokenStore = ReturnType<typeof createOneTimeTokenStore>
export type OneTimeTokenRow = Schema['oneTimeTokens']['$inferSelect']

/** The statement that deletes the user's tokens of these purposes, for the list that invalidates them. */
export const tokenDelete = (
  then: Following,
  { oneTimeTokens }: Schema,
  userId: string,
  ...purposes: OneTimeTokenRow['purpose'][]
) => then.delete(oneTimeTokens, and(eq(oneTimeTokens.userId, userId), inArray(oneTimeTokens.purpose, purposes)))

/** Reads and writes of the table `one_time_tokens`: hashes of the tokens that were sent in links. */
export function createOneTimeTokenStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { oneTimeTokens, users, mail } = schema
  const { hash } = oneTimeTokens
  /** Prepared, because a stranger can have tokens looked up without end. */
  const select = preparedLater<{ token: OneTimeTokenRow; user: Schema['users']['$inferSelect'] }>(
    'one_time_token',
    () =>
      db
        .select({ token: oneTimeTokens, user: users })
        .from(oneTimeTokens)
        .innerJoin(users, eq(users.id, oneTimeTokens.userId))
        .where(eq(hash, sql.placeholder('hash')))
  )
  return {
    /** Adds the token of a queued message; false when the message is no longer queued. */
    async insert(token: OneTimeTokenRow, messageId: string) {
      const rows = await atomic((tx, then) => [
        // Changes nothing, and locks the message: a change that deletes it also finds its token.
        tx
          .update(mail)
          .set({ attempts: sql`${mail.attempts}` })
          .where(eq(mail.id, messageId))
          .returning({ id: mail.id }),
        then.insert(oneTimeTokens, token)
      ])
      return rows.length > 0
    },

    /** Adds a token that no message has. */
    async add(token: OneTimeTokenRow) {
      await atomic(tx => [tx.insert(oneTimeTokens).values(token).returning({ hash })])
    },

    /** The token with this hash and one of these purposes that has not expired at `now`, and its user. */
    async withUser(tokenHash: string, purposes: OneTimeTokenRow['purpose'][], now: Date) {
      const [row] = await select({ hash: tokenHash })
      return row && purposes.includes(row.token.purpose) && row.token.expiresAt > now ? row : undefined
    },

    /** Deletes the tokens that have expired at `now`, until `stop` fires. */
    prune(now: Date, stop?: AbortSignal) {
      const { expiresAt } = oneTimeTokens
      return deleteInSteps(
        engine,
        { table: oneTimeTokens, key: { hash }, old: lte(expiresAt, now), age: expiresAt },
        stop
      )
    }
  }
}
