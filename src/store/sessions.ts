import { and, desc, eq, gt, isNull, lt, ne, or, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit.ts'
import { cachedByVersion } from './cache.ts'
import type { Db, Engine, Schema, Statement } from './dialect.ts'
import { knownPrefixStatements } from './throttle.ts'

export type SessionStore = ReturnType<typeof createSessionStore>
export type SessionRow = Schema['sessions']['$inferSelect']
export type NewSession = Omit<SessionRow, 'revokedAt'>
/** A session with its user, or with `null` where a client acts for itself. */
export type SessionAndUser = NonNullable<Awaited<ReturnType<SessionStore['withUser']>>>

/** Reads and writes of the table `sessions`: one row a login. */
export function createSessionStore({ db, schema, atomic, version }: Engine) {
  const { sessions, users } = schema

  /** Logging in and out goes on when the disk is full. */
  const essential = <T>(build: (tx: Db) => [Statement<T[]>, ...Statement[]]) => atomic(build, { essential: true })

  const live = (now: Date) =>
    and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now), gt(sessions.idleExpiresAt, now))

  const prepareWithUser = () =>
    db
      .select({ session: sessions, user: users })
      .from(sessions)
      .leftJoin(users, eq(users.id, sessions.userId))
      .where(eq(sessions.id, sql.placeholder('id')))
      .limit(1)
      .prepare('session_with_user')
  // Not before the first use: SQLite prepares no statement about a table that has not been made yet.
  let prepared: ReturnType<typeof prepareWithUser> | undefined
  const withUser = cachedByVersion(version, async (id: string) => {
    prepared ??= prepareWithUser()
    const [row] = await prepared.execute({ id })
    return row
  })

  return {
    /**
     * Adds the session of a login, unless the user was disabled or the password changed since it was checked: the
     * update of the user's row makes the two wait for each other. The address prefix is known from then on, and what was
     * counted as `forgives` is cleared. False when it was not added.
     */
    async insertLogin(
      session: NewSession & { userId: string },
      { passwordHash, ...login }: { passwordHash: string; prefix: string; forgives: string },
      event: AuditEvent
    ) {
      const rows = await essential(tx => [
        tx
          .update(users)
          .set({ lastLoginAt: session.createdAt })
          .where(and(eq(users.id, session.userId), eq(users.passwordHash, passwordHash), eq(users.disabled, false)))
          .returning({ id: users.id }),
        tx.insert(sessions).values(session),
        ...knownPrefixStatements(tx, schema, { ...login, userId: session.userId, now: session.createdAt }),
        auditInsert(tx, schema, event)
      ])
      return rows.length > 0
    },

    /** Adds the session of a client that acts for itself, and its audit event. */
    async insert(session: NewSession, event: AuditEvent) {
      await essential(tx => [
        tx.insert(sessions).values(session).returning({ id: sessions.id }),
        auditInsert(tx, schema, event)
      ])
    },

    /** The session `id` and its user in one read, whatever state they are in. */
    withUser,

    /** A user's sessions that are live at `now`, the latest login first. */
    async ofUser(userId: string, now: Date) {
      return await db
        .select()
        .from(sessions)
        .where(and(eq(sessions.userId, userId), live(now)))
        .orderBy(desc(sessions.createdAt), desc(sessions.id))
    },

    /**
     * Moves the counter from `counter` to the next number: a compare-and-swap that exactly one caller wins.
     * `undefined` when the counter has moved on or the session is no longer live.
     */
    async rotate(move: { id: string; counter: number; now: Date; idleExpiresAt: Date }, event: AuditEvent) {
      const [row] = await essential(tx => [
        tx
          .update(sessions)
          .set({
            counter: move.counter + 1,
            rotatedAt: move.now,
            lastUsedAt: move.now,
            idleExpiresAt: move.idleExpiresAt
          })
          .where(and(eq(sessions.id, move.id), eq(sessions.counter, move.counter), live(move.now)))
          .returning(),
        auditInsert(tx, schema, event)
      ])
      return row
    },

    /** Ends one session, of `userId` only where given; false when it had ended already or is another's. */
    async end(which: { id: string; userId?: string | undefined }, now: Date, event: AuditEvent) {
      const owner = which.userId === undefined ? undefined : eq(sessions.userId, which.userId)
      const rows = await essential(tx => [
        tx
          .update(sessions)
          .set({ revokedAt: now })
          .where(and(eq(sessions.id, which.id), owner, isNull(sessions.revokedAt)))
          .returning({ id: sessions.id }),
        auditInsert(tx, schema, event)
      ])
      return rows.length > 0
    },

    /** Ends all sessions of a user but `keep`; resolves to how many there were. */
    async endAll(userId: string, keep: string | undefined, now: Date, event: AuditEvent) {
      const rows = await essential(tx => [
        tx
          .update(sessions)
          .set({ revokedAt: now })
          .where(
            and(
              eq(sessions.userId, userId),
              isNull(sessions.revokedAt),
              keep === undefined ? undefined : ne(sessions.id, keep)
            )
          )
          .returning({ id: sessions.id }),
        auditInsert(tx, schema, event)
      ])
      return rows.length
    },

    /** Deletes sessions that ended or expired before `before`; resolves to how many. */
    async prune(before: Date) {
      const rows = await db
        .delete(sessions)
        .where(or(lt(sessions.expiresAt, before), lt(sessions.idleExpiresAt, before), lt(sessions.revokedAt, before)))
        .returning({ id: sessions.id })
      return rows.length
    },

    /** How many sessions are live at `now`. */
    async countLive(now: Date) {
      const [row] = await db.select({ count: sql<number>`count(*)` }).from(sessions).where(live(now))
      return Number(row?.count)
    }
  }
}
