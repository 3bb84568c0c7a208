import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { Following, Schema } from './engine/dialect.ts'

/** The day of `time`, counted from 1970 in UTC. */
export const dayOf = (time: Date) => Math.floor(time.getTime() / 86_400_000)

/** The changes of a session that ends at `now`. */
export const ended = (now: Date) => ({ revokedAt: now, endsOn: dayOf(now) })

/** The condition of the sessions that match `which` and have not been ended. */
export const notEnded = ({ sessions }: Schema, which: SQL | undefined) => and(which, isNull(sessions.revokedAt))

/** The statement that ends the sessions that match `which`, for the list of the change that ends them. */
export const endSessions = (then: Following, schema: Schema, which: SQL | undefined, now: Date) =>
  then.update(schema.sessions, ended(now), notEnded(schema, which))

/**
 * The condition that the session `id` has not been ended, for the guard of a change that its user asks for. PostgreSQL
 * locks the session first, so a request that ends it runs before the guard, or after the whole change.
 */
export const notEndedUntilDone = (schema: Schema, id: string) =>
  sql`EXISTS (SELECT 1 FROM ${schema.sessions} WHERE ${notEnded(schema, eq(schema.sessions.id, id))}${schema.locked})`
