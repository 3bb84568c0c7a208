import { and, isNull, type SQL } from 'drizzle-orm'
import type { Db, Schema } from './engine/dialect.ts'

/** The statement that ends the live sessions that match `which`, for the transaction of the change that ends them. */
export const endSessions = (tx: Db, { sessions }: Schema, which: SQL | undefined, now: Date) =>
  tx
    .update(sessions)
    .set({ revokedAt: now })
    .where(and(which, isNull(sessions.revokedAt)))
