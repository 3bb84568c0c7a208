import { and, eq, gte } from 'drizzle-orm'
import type { Following, Schema } from './engine/dialect.ts'

export type PersonalTokenRow = Schema['personalTokens']['$inferSelect']

/** The statement that deletes the tokens of a user, or those created at `since` or later. */
export const personalTokensDelete = (then: Following, { personalTokens }: Schema, userId: string, since?: Date) =>
  then.delete(personalTokens, and(eq(personalTokens.userId, userId), since && gte(personalTokens.createdAt, since)))
