import { setImmediate } from 'node:timers/promises'
import { and, count, eq, max, type SQL } from 'drizzle-orm'
import type { ClientRow } from './clients.ts'
import type { Engine, Schema } from './engine/dialect.ts'
import { rowsById } from './engine/rows-by-id.ts'
import { dayOf, isLive, latestFirst, mostAtOnce, type SessionRow } from './session-rows.ts'

/** A session with its user, which is `null` for the client_credentials grant. */
export interface SessionAndUser {
  session: SessionRow
  user: Schema['users']['$inferSelect'] | null
  /** Whether the client was deleted, or disabled or changed in a way that ends the session. */
  endedByClient: boolean
  /** The scopes that the client may request now; `null` for the built-in client, which adds no limit. */
  clientScopes: string[] | null
}

/** Reads of sessions. */
export function createSessionReads(engine: Engine) {
  const { db, schema } = engine
  const { sessions, users, clients } = schema
  const { disabled, loginEpoch, ownEpoch, scopes } = clients

  const withUserWhere = (condition: SQL | undefined) =>
    db
      .select({ session: sessions, user: users, client: { disabled, loginEpoch, ownEpoch, scopes } })
      .from(sessions)
      .leftJoin(users, eq(users.id, sessions.userId))
      .leftJoin(clients, eq(clients.id, sessions.clientId))
      .where(condition)

  const endedByClient = ({
    session: { userId, clientEpoch },
    client
  }: {
    session: SessionRow
    client: Pick<ClientRow, 'disabled' | 'loginEpoch' | 'ownEpoch'> | null
  }) =>
    clientEpoch !== null &&
    (client?.disabled !== false || clientEpoch !== (userId === null ? client.ownEpoch : client.loginEpoch))

  type Joined = Awaited<ReturnType<typeof withUserWhere>>[number]
  const withUser = ({ session, user, client }: Joined): SessionAndUser => ({
    session,
    user,
    endedByClient: endedByClient({ session, client }),
    clientScopes: client?.scopes ?? null
  })

  const rows = rowsById(
    engine,
    { name: 'sessions_with_users', id: sessions.id, select: withUserWhere },
    { rowOf: withUser, idOf: ({ session }) => session.id }
  )

  async function countWhere(which: SQL | undefined) {
    // Reads of SQLite are synchronous, and other requests have their turn here.
    await setImmediate()
    const [row] = await db.select({ sessions: count() }).from(sessions).where(which)
    return Number(row?.sessions)
  }

  return {
    /** The session `id` and its user, in any state. */
    rows,

    /** A user's sessions that are live at `now`, the latest login first; at most a thousand. */
    async ofUser(userId: string, now: Date): Promise<SessionRow[]> {
      const rows = await db
        .select({ session: sessions, client: clients })
        .from(sessions)
        .leftJoin(clients, eq(clients.id, sessions.clientId))
        .where(and(eq(sessions.userId, userId), isLive(schema, now)))
        .orderBy(...latestFirst(schema))
        .limit(mostAtOnce)
      return rows.filter(row => !endedByClient(row)).map(({ session }) => session)
    },

    /**
     * How many sessions are live at `now`. Counts day by day in an index, and reads only the sessions that end today.
     * Includes sessions that ended because their client was disabled, deleted or changed.
     */
    async countLive(now: Date): Promise<number> {
      const today = dayOf(now)
      const [row] = await db.select({ last: max(sessions.endsOn) }).from(sessions)
      let found = await countWhere(and(eq(sessions.endsOn, today), isLive(schema, now)))
      for (let day = today + 1; day <= Number(row?.last); day++) found += await countWhere(eq(sessions.endsOn, day))
      return found
    }
  }
}
