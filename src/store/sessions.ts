import { and, asc, type Column, desc, eq, exists, gt, inArray, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert, auditParams, preparedAuditInsert } from './audit/events.ts'
import { type ClientRow, isAsRead } from './clients.ts'
import { endSessions } from './end-sessions.ts'
import { readTogether } from './engine/batch-reads.ts'
import { deleteInPages } from './engine/delete-in-steps.ts'
import type { Db, Engine, Schema } from './engine/dialect.ts'
import { cachedByVersion } from './engine/version-cache.ts'
import { knownPrefixStatements } from './throttle.ts'

export type SessionStore = ReturnType<typeof createSessionStore>
export type SessionRow = Schema['sessions']['$inferSelect']
export type NewSession = Omit<SessionRow, 'revokedAt'>
/** The state in which the password was verified, and the other changes of a login. */
export interface CheckedLogin {
  passwordHash: string
  registeredClient?: ClientRow | undefined
  prefix: string
  forgives: string
}
/** A session with its user; `null` for the client_credentials grant. */
export type SessionAndUser = NonNullable<Awaited<ReturnType<SessionStore['withUser']>>>

/** Reads and writes of the table `sessions`: one row per login. */
export function createSessionStore(engine: Engine) {
  const { db, schema, atomic, prepare, version } = engine
  const { sessions, users, clients } = schema

  const live = (now: Date | SQL) =>
    and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now), gt(sessions.idleExpiresAt, now))

  /** The client, if its permissions have not changed since it was authenticated. */
  const unchanged = (tx: Pick<Db, 'select'>, client: ClientRow) =>
    tx
      .select({ id: clients.id })
      .from(clients)
      .where(and(isAsRead(schema, client), eq(clients.disabled, false)))

  const withUserWhere = (condition: SQL) =>
    db
      .select({ session: sessions, user: users })
      .from(sessions)
      .leftJoin(users, eq(users.id, sessions.userId))
      .where(condition)

  // Prepared at the first use, because SQLite cannot prepare a statement for a table that does not exist yet.
  const prepareOne = () => withUserWhere(eq(sessions.id, sql.placeholder('id'))).prepare('session_with_user')
  let one: ReturnType<typeof prepareOne> | undefined
  async function readOne(id: string) {
    one ??= prepareOne()
    const [row] = await one.execute({ id })
    return row
  }

  const prepareSeveral = () =>
    withUserWhere(sql`${sessions.id} = any(${sql.placeholder('ids')})`).prepare('sessions_with_users')
  let several: ReturnType<typeof prepareSeveral> | undefined
  const readSeveral = (ids: string[]) => {
    several ??= prepareSeveral()
    return several.execute({ ids })
  }

  // SQLite detects changes locally. PostgreSQL needs a query, which all concurrent reads share.
  const rows = version
    ? cachedByVersion(version, readOne)
    : { get: readTogether(readSeveral, ({ session }) => session.id), peek: () => undefined }

  const given = (name: string, column: Column) => sql`${sql.param(sql.placeholder(name), column)}`
  const rotate = prepare<{ id: string }>('rotate_session', tx => [
    tx
      .update(sessions)
      .set({
        counter: sql`${sessions.counter} + 1`,
        rotatedAt: given('now', sessions.rotatedAt),
        lastUsedAt: given('now', sessions.lastUsedAt),
        idleExpiresAt: given('idleExpiresAt', sessions.idleExpiresAt)
      })
      .where(
        and(
          eq(sessions.id, sql.placeholder('id')),
          eq(sessions.counter, sql.placeholder('counter')),
          live(given('now', sessions.expiresAt))
        )
      )
      .returning({ id: sessions.id }),
    preparedAuditInsert(tx, schema)
  ])

  return {
    /**
     * Adds the session of a login, unless since the check the user was disabled, the password was changed, or the
     * `registeredClient` was disabled, deleted or changed. Marks the address prefix as known and clears the counter
     * `forgives`. False when the session was not added.
     */
    async insertLogin(
      session: NewSession & { userId: string },
      { passwordHash, registeredClient, ...login }: CheckedLogin,
      event: AuditEvent
    ) {
      const rows = await atomic(tx => [
        tx
          .update(users)
          .set({ lastLoginAt: session.createdAt })
          .where(
            and(
              eq(users.id, session.userId),
              eq(users.passwordHash, passwordHash),
              eq(users.disabled, false),
              registeredClient && exists(unchanged(tx, registeredClient))
            )
          )
          .returning({ id: users.id }),
        tx.insert(sessions).values(session),
        ...knownPrefixStatements(tx, schema, { ...login, userId: session.userId, now: session.createdAt }),
        auditInsert(tx, schema, event)
      ])
      return rows.length > 0
    },

    /**
     * Adds a session of the client_credentials grant, unless the client was disabled, deleted or changed since it was
     * read. False when the session was not added.
     */
    async insert(session: NewSession, event: AuditEvent, registeredClient?: ClientRow) {
      const rows = await atomic(tx => {
        const added = tx.insert(sessions).values(session).returning({ id: sessions.id })
        const recorded = auditInsert(tx, schema, event)
        return registeredClient ? [unchanged(tx, registeredClient), added, recorded] : [added, recorded]
      })
      return rows.length > 0
    },

    /** The session `id` and its user in one read, in any state. */
    withUser: rows.get,

    /** Synchronous cache hit of `withUser`; `undefined` means unknown. */
    peekWithUser: rows.peek,

    /** A user's sessions that are live at `now`, the latest login first. */
    async ofUser(userId: string, now: Date) {
      return await db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), live(now)))
        .orderBy(desc(sessions.createdAt), desc(sessions.id))
    },

    /**
     * Increments the counter of the session: a compare-and-swap that exactly one caller wins. Resolves to the updated
     * session, or to `undefined` when its counter has moved on or it is no longer live.
     */
    async rotate(
      session: SessionRow,
      { now, idleExpiresAt }: { now: Date; idleExpiresAt: Date },
      event: AuditEvent
    ): Promise<SessionRow | undefined> {
      const { id, counter } = session
      const rows = await rotate({ id, counter, now, idleExpiresAt, ...auditParams(event) })
      if (rows.length === 0) return undefined
      return { ...session, counter: counter + 1, rotatedAt: now, lastUsedAt: now, idleExpiresAt }
    },

    /** Ends one session, of `userId` only where given; false when it had already ended or belongs to another user. */
    async end(which: { id: string; userId?: string | undefined }, now: Date, event: AuditEvent) {
      const owner = which.userId === undefined ? undefined : eq(sessions.userId, which.userId)
      const rows = await atomic(tx => [
        endSessions(tx, schema, and(eq(sessions.id, which.id), owner), now).returning({ id: sessions.id }),
        auditInsert(tx, schema, event)
      ])
      return rows.length > 0
    },

    /** Ends all sessions of a user except `keep`; resolves to the number of ended sessions. */
    async endAll(userId: string, keep: string | undefined, now: Date, event: AuditEvent) {
      const kept = keep === undefined ? undefined : ne(sessions.id, keep)
      const rows = await atomic(tx => [
        endSessions(tx, schema, and(eq(sessions.userId, userId), kept), now).returning({ id: sessions.id }),
        auditInsert(tx, schema, event)
      ])
      return rows.length
    },

    /** Deletes sessions that ended or expired before `before`, until `stop` fires; resolves to their number. */
    prune(before: Date, stop?: AbortSignal): Promise<number> {
      const { id, expiresAt, idleExpiresAt, revokedAt } = sessions
      const hasEnded = or(lt(expiresAt, before), lt(idleExpiresAt, before), lt(revokedAt, before))
      // Indexes on all three times would cost a write at every refresh and logout, for a query that runs once an hour.
      const page = (after: string | undefined, most: number) =>
        db
          .select({ id, hasToGo: sql`${hasEnded}` })
          .from(sessions)
          .where(after === undefined ? undefined : gt(id, after))
          .orderBy(asc(id))
          .limit(most)
      const remove = (tx: Db, ids: string[]) =>
        tx
          .delete(sessions)
          .where(and(inArray(id, ids), hasEnded))
          .returning({ id })
      return deleteInPages(engine, page, remove, stop)
    },

    /** How many sessions are live at `now`. */
    async countLive(now: Date) {
      const [row] = await db.select({ count: sql<number>`count(*)` }).from(sessions).where(live(now))
      return Number(row?.count)
    }
  }
}
