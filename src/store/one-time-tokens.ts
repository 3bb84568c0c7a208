import { and, eq, gt, lte } from 'drizzle-orm'
import type { Engine, Schema } from './dialect.ts'

export type OneTimeTokenStore = ReturnType<typeof createOneTimeTokenStore>
export type OneTimeTokenRow = Schema['oneTimeTokens']['$inferSelect']

/** Reads and writes of the table `one_time_tokens`: hashes of what was sent in links. */
export function createOneTimeTokenStore({ db, schema }: Engine) {
  const { oneTimeTokens, users } = schema
  return {
    /** Adds a token. */
    async insert(token: OneTimeTokenRow) {
      await db.insert(oneTimeTokens).values(token)
    },

    /** The token of this hash and purpose that has not expired at `now`, and its user. */
    async withUser(hash: string, purpose: OneTimeTokenRow['purpose'], now: Date) {
      const [row] = await db
        .select({ token: oneTimeTokens, user: users })
        .from(oneTimeTokens)
        .innerJoin(users, eq(users.id, oneTimeTokens.userId))
        .where(and(eq(oneTimeTokens.hash, hash), eq(oneTimeTokens.purpose, purpose), gt(oneTimeTokens.expiresAt, now)))
      return row
    },

    /** Deletes what has expired at `now`. */
    async prune(now: Date) {
      await db.delete(oneTimeTokens).where(lte(oneTimeTokens.expiresAt, now))
    }
  }
}
