import { and, desc, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { Following, Schema, Statement } from './engine/dialect.ts'

export type SessionRow = Schema['sessions']['$inferSelect']
/** A session that begins. */
export type NewSession = Omit<SessionRow, 'revokedAt' | 'retriedCounter' | 'endsOn' | 'lastIp'>

/** The most sessions that one login ends, one list returns or one step reads. */
export const mostAtOnce = 1000

/** The day of `time`, counted from 1970 in UTC. */
export const dayOf = (time: Date) => Math.floor(time.getTime() / 86_400_000)

/** The row of a session that begins. */
export const complete = (session: NewSession): SessionRow => ({
  ...session,
  lastIp: session.ip,
  endsOn: dayOf(session.idleExpiresAt),
  revokedAt: null,
  retriedCounter: null
})

/** The changes of a session that ends at `now`. */
export const ended = (now: Date) => ({ revokedAt: now, endsOn: dayOf(now) })

/** The condition of the sessions that match `which` and have not been ended. */
export const notEnded = ({ sessions }: Schema, which: SQL | undefined) => and(which, isNull(sessions.revokedAt))

/** The condition of a session that is live at `now`. */
export const isLive = ({ sessions }: Schema, now: Date | SQL) =>
  and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now), gt(sessions.idleExpiresAt, now))

/**
 * The order of sessions that have not been ended, the latest login first. Without the column that is NULL in all of
 * them, PostgreSQL would sort them all instead of reading them in the order of the index.
 */
export const latestFirst = ({ sessions }: Schema) => [
  desc(sessions.revokedAt),
  desc(sessions.createdAt),
  desc(sessions.id)
]

/**
 * The change of an account whose logins end: codes and auth sessions of an earlier epoch begin no session. A restored
 * backup has earlier epochs, so the end of every login of a database adds 1000, and the end of one account's adds 1.
 */
export const laterEpoch = ({ users }: Schema, by: 1 | 1000 = 1) => ({ loginEpoch: sql`${users.loginEpoch} + ${by}` })

/**
 * The statements that end every session of a user but `keep`, and what is under way, for the list of the change that
 * ends them.
 */
export const endLogins = (
  then: Following,
  schema: Schema,
  { userId, keep, now }: { userId: string; keep?: string | undefined; now: Date }
): Statement[] => [
  // Before the sessions, because a login locks the user first.
  then.update(schema.users, laterEpoch(schema), eq(schema.users.id, userId)),
  then.update(schema.sessions, ended(now), notEnded(schema, ofUserBut(schema, userId, keep)))
]

/** The condition of the sessions of a user but `keep`. */
export const ofUserBut = ({ sessions }: Schema, userId: string, keep: string | undefined) =>
  and(eq(sessions.userId, userId), keep === undefined ? undefined : ne(sessions.id, keep))

/**
 * The condition that the session `id` has not been ended, for the guard of a change that its user asks for. PostgreSQL
 * locks the session first, so a request that ends it runs before the guard, or after the whole change.
 */
export const notEndedUntilDone = (schema: Schema, id: string) =>
  sql`EXISTS (SELECT 1 FROM ${schema.sessions} WHERE ${notEnded(schema, eq(schema.sessions.id, id))}${schema.locked})`
