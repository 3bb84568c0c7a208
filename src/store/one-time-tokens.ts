import { and, eq, gt, lte } from 'drizzle-orm'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Engine, Following, Schema } from './engine/dialect.ts'

export type OneTimeTokenStore = ReturnType<typeof createOneTimeTokenStore>
export type OneTimeTokenRow = Schema['oneTimeTokens']['$inferSelect']

/**
 * The statement that deletes the user's tokens, of one purpose or of all, for the list that invalidates them.
 */
export const tokenDelete = (
  then: Following,
  { oneTimeTokens }: Schema,
  userId: string,
  purpose?: OneTimeTokenRow['purpose']
) =>
  then.delete(
    oneTimeTokens,
    and(eq(oneTimeTokens.userId, userId), purpose ? eq(oneTimeTokens.purpose, purpose) : undefined)
  )

/** Reads and writes of the table `one_time_tokens`: hashes of the tokens that were sent in links. */
export function createOneTimeTokenStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { oneTimeTokens, users } = schema
  const { hash } = oneTimeTokens
  return {
    async insert(token: OneTimeTokenRow) {
      await atomic(tx => [tx.insert(oneTimeTokens).values(token).returning({ hash })])
    },

    /** The token with this hash and purpose that has not expired at `now`, and its user. */
    async withUser(tokenHash: string, purpose: OneTimeTokenRow['purpose'], now: Date) {
      const [row] = await db
        .select({ token: oneTimeTokens, user: users })
        .from(oneTimeTokens)
        .innerJoin(users, eq(users.id, oneTimeTokens.userId))
        .where(
          and(eq(oneTimeTokens.hash, tokenHash), eq(oneTimeTokens.purpose, purpose), gt(oneTimeTokens.expiresAt, now))
        )
      return row
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
