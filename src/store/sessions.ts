import { setImmediate } from 'node:timers/promises'
import {
  and,
  type Column,
  count,
  desc,
  eq,
  exists,
  gt,
  inArray,
  isNull,
  lt,
  lte,
  max,
  ne,
  or,
  type SQL,
  sql
} from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { type ClientRow, unchanged } from './clients.ts'
import { dayOf, ended, notEnded } from './end-sessions.ts'
import { deleteInSteps } from './engine/delete-in-steps.ts'
import type { Db, Engine, Schema } from './engine/dialect.ts'
import { rowsById } from './engine/rows-by-id.ts'
import { nothingIfTaken } from './errors.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { type FactorUse, factorUseStatements, hasSameFactors } from './second-factors.ts'
import { type SpentRow, spentInserts } from './spent.ts'
import { knownPrefixStatements } from './throttle.ts'

export type SessionStore = ReturnType<typeof createSessionStore>
export type SessionRow = Schema['sessions']['$inferSelect']
export type NewSession = Omit<SessionRow, 'revokedAt' | 'retriedCounter' | 'endsOn' | 'lastIp'>
/** The user as it was read when the login was checked, and the other changes of a login. */
export interface CheckedLogin {
  passwordHash: string
  secondFactorAt: Date | null
  registeredClient?: ClientRow | undefined
  prefix: string
  /** What the login uses up and counts, and the attempts to give back. */
  use: FactorUse
  /** How many sessions the user may have; a login ends the oldest ones beyond. */
  most: number
}
/** A refresh: the next counter, and the new times and address. */
export interface Rotation {
  counter: number
  now: Date
  /** The time by the clock that all nodes share. */
  rotatedAt: Date
  idleExpiresAt: Date
  ip: string | null
}
/** A session with its user, which is `null` for the client_credentials grant. */
export interface SessionAndUser {
  session: SessionRow
  user: Schema['users']['$inferSelect'] | null
  /** Whether the client was deleted, or disabled or changed in a way that ends the session. */
  endedByClient: boolean
  /** The scopes that the client may request now; `null` for the built-in client, which adds no limit. */
  clientScopes: string[] | null
}

/** The row of a session that begins. */
export const complete = (session: NewSession): SessionRow => ({
  ...session,
  lastIp: session.ip,
  endsOn: dayOf(session.idleExpiresAt),
  revokedAt: null,
  retriedCounter: null
})

/** How many sessions beyond the limit one login ends, how many a list shows, and how many a step goes through. */
const mostAtOnce = 1000

/** Reads and writes of the table `sessions`: one row per login. */
export function createSessionStore(engine: Engine) {
  const { db, schema, atomic, prepare } = engine
  const { sessions, users, clients } = schema
  const { disabled, loginEpoch, ownEpoch, scopes } = clients

  // Of sessions that have not been ended. Without the column that is NULL in all of them, PostgreSQL would sort them
  // all instead of reading them in the order of the index.
  const latestFirst = [desc(sessions.revokedAt), desc(sessions.createdAt), desc(sessions.id)]

  const live = (now: Date | SQL) =>
    and(isNull(sessions.revokedAt), gt(sessions.expiresAt, now), gt(sessions.idleExpiresAt, now))

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

  /** The compare-and-swap of a refresh; `value` supplies each value by name. */
  const rotation = (tx: Db, value: (name: string, column: Column) => SQL) =>
    tx
      .update(sessions)
      .set({
        counter: value('next', sessions.counter),
        rotatedAt: value('rotatedAt', sessions.rotatedAt),
        lastUsedAt: value('now', sessions.lastUsedAt),
        idleExpiresAt: value('idleExpiresAt', sessions.idleExpiresAt),
        endsOn: value('endsOn', sessions.endsOn),
        lastIp: value('ip', sessions.lastIp)
      })
      .where(
        and(
          eq(sessions.id, value('id', sessions.id)),
          eq(sessions.counter, value('counter', sessions.counter)),
          live(value('now', sessions.expiresAt))
        )
      )

  const rotate = prepare(
    'rotate_session',
    tx => rotation(tx, (name, column) => sql`${sql.param(sql.placeholder(name), column)}`),
    'id'
  )

  /** Ends the sessions that match `which` and have not ended; resolves to their number. */
  async function endWhere(which: SQL | undefined, now: Date, event: AuditEvent) {
    const rows = await atomic((tx, then) => [
      tx.update(sessions).set(ended(now)).where(notEnded(schema, which)).returning({ id: sessions.id }),
      auditInsert(then, schema, event)
    ])
    return rows.length
  }

  async function countWhere(which: SQL | undefined) {
    // Reads of SQLite are synchronous, and other requests have their turn here.
    await setImmediate()
    const [row] = await db.select({ sessions: count() }).from(sessions).where(which)
    return Number(row?.sessions)
  }

  return {
    /**
     * Adds the session of a login, unless since the check the user was disabled, the password or a second factor was
     * changed, what the login uses up was used, or the `registeredClient` was disabled, deleted or changed. Ends the
     * oldest sessions of a user who has too many. Marks the address prefix as known, gives back the attempts, ends
     * the user's series of consecutive failures and queues messages. `undefined` when the session was not added.
     */
    async insertLogin(
      session: NewSession & { userId: string },
      { passwordHash, secondFactorAt, use, registeredClient, prefix, most }: CheckedLogin,
      event: AuditEvent,
      messages: NewMail[] = []
    ): Promise<SessionRow | undefined> {
      const { userId, createdAt } = session
      const added = complete(session)
      const oldest = db
        .select({ id: sessions.id })
        .from(sessions)
        .where(notEnded(schema, eq(sessions.userId, userId)))
        .orderBy(...latestFirst)
        .limit(mostAtOnce)
        .offset(most - 1)
      const rows = await atomic((tx, then) => [
        tx
          .update(users)
          .set({ lastLoginAt: createdAt })
          .where(
            and(
              eq(users.id, userId),
              eq(users.passwordHash, passwordHash),
              hasSameFactors(schema, { secondFactorAt }),
              eq(users.disabled, false),
              registeredClient && exists(unchanged(tx, schema, registeredClient))
            )
          )
          .returning({ id: users.id }),
        then.update(sessions, ended(createdAt), inArray(sessions.id, oldest)),
        then.insert(sessions, added),
        ...factorUseStatements(then, schema, use),
        ...knownPrefixStatements(then, schema, { userId, prefix, attempts: use.attempts ?? [], now: createdAt }),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows.length > 0 ? added : undefined
    },

    /**
     * Sets how and when the user proved to be who they are. Uses up the code that allows it. `undefined` when the code
     * was used, or when the session is no longer live.
     */
    async stepUp(
      session: SessionRow,
      { amr, authTime, spent, now }: { amr: string[]; authTime: Date; spent: SpentRow; now: Date },
      event: AuditEvent
    ): Promise<SessionRow | undefined> {
      const rows = await atomic((tx, then) => [
        tx
          .update(sessions)
          .set({ amr, authTime })
          .where(and(eq(sessions.id, session.id), live(now)))
          .returning(),
        ...spentInserts(then, schema, [spent]),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows[0]
    },

    /**
     * Adds a session of the client_credentials grant, unless the client was disabled, deleted or changed since it was
     * read. `undefined` when the session was not added.
     */
    async insert(session: NewSession, event: AuditEvent, registeredClient: ClientRow): Promise<SessionRow | undefined> {
      const added = complete(session)
      const rows = await atomic((tx, then) => [
        unchanged(tx, schema, registeredClient),
        then.insert(sessions, added),
        auditInsert(then, schema, event)
      ])
      return rows.length > 0 ? added : undefined
    },

    /** The session `id` and its user in one read, in any state. */
    withUser: rows.get,

    /** Calls back with a cached result of `withUser`; `undefined` means unknown. */
    recallWithUser: rows.recall,

    /** A user's sessions that are live at `now`, the latest login first; at most a thousand. */
    async ofUser(userId: string, now: Date): Promise<SessionRow[]> {
      const rows = await db
        .select({ session: sessions, client: clients })
        .from(sessions)
        .leftJoin(clients, eq(clients.id, sessions.clientId))
        .where(and(eq(sessions.userId, userId), live(now)))
        .orderBy(...latestFirst)
        .limit(mostAtOnce)
      return rows.filter(row => !endedByClient(row)).map(({ session }) => session)
    },

    /**
     * Sets the counter, time and address of the session: a compare-and-swap that exactly one caller wins. Records
     * `event` if given. Resolves to the updated session, or to `undefined` when its counter has moved on or it is no
     * longer live.
     */
    async rotate(
      session: SessionRow,
      { counter, now, rotatedAt, idleExpiresAt, ip }: Rotation,
      event?: AuditEvent
    ): Promise<SessionRow | undefined> {
      const endsOn = dayOf(idleExpiresAt)
      const changed = { counter, rotatedAt, lastUsedAt: now, idleExpiresAt, endsOn, lastIp: ip }
      // V8 copies two objects faster than it replaces members one by one.
      const rotated = { ...session, ...changed }
      const values = {
        id: session.id,
        counter: session.counter,
        next: counter,
        now,
        rotatedAt,
        idleExpiresAt,
        endsOn,
        ip
      }
      if (!event) {
        const replace = () =>
          rows.replace?.(session.id, known => (known.session === session ? { ...known, session: rotated } : undefined))
        return (await rotate(values, replace)) > 0 ? rotated : undefined
      }
      const updated = await atomic((tx, then) => [
        rotation(tx, (name, column) => sql`${sql.param(values[name as keyof typeof values], column)}`).returning({
          id: sessions.id
        }),
        auditInsert(then, schema, event)
      ])
      return updated.length > 0 ? rotated : undefined
    },

    /** Records the event of a retry, once for each counter. */
    async recordRetry({ id, counter }: SessionRow, event: AuditEvent) {
      const { retriedCounter } = sessions
      await atomic((tx, then) => [
        tx
          .update(sessions)
          .set({ retriedCounter: counter })
          .where(and(eq(sessions.id, id), or(isNull(retriedCounter), lt(retriedCounter, counter))))
          .returning({ id: sessions.id }),
        auditInsert(then, schema, event)
      ])
    },

    /** Ends one session, of `userId` only where given; false when it had already ended or belongs to another user. */
    async end(which: { id: string; userId?: string | undefined }, now: Date, event: AuditEvent) {
      const owner = which.userId === undefined ? undefined : eq(sessions.userId, which.userId)
      return (await endWhere(and(eq(sessions.id, which.id), owner), now, event)) > 0
    },

    /** Ends all sessions of a user except `keep`; resolves to the number of ended sessions. */
    endAll(userId: string, keep: string | undefined, now: Date, event: AuditEvent) {
      const kept = keep === undefined ? undefined : ne(sessions.id, keep)
      return endWhere(and(eq(sessions.userId, userId), kept), now, event)
    },

    /**
     * Ends the sessions that have not ended among the thousand whose ids follow `after`. Resolves to their number, and
     * to the id after which to continue, if there are more.
     */
    async endNext(after: string | undefined, now: Date): Promise<{ ended: number; next: string | undefined }> {
      const isAfter = after === undefined ? undefined : gt(sessions.id, after)
      const [last] = await db
        .select({ id: sessions.id })
        .from(sessions)
        .where(isAfter)
        .orderBy(sessions.id)
        .limit(1)
        .offset(mostAtOnce - 1)
      const which = and(isAfter, last && lte(sessions.id, last.id))
      const rows = await atomic(tx => [
        tx.update(sessions).set(ended(now)).where(notEnded(schema, which)).returning({ id: sessions.id })
      ])
      return { ended: rows.length, next: last?.id }
    },

    /** Deletes sessions that ended or expired on a day before that of `before`, until `stop` fires. */
    prune(before: Date, stop?: AbortSignal): Promise<number> {
      const { id, endsOn } = sessions
      const old = lt(endsOn, dayOf(before))
      return deleteInSteps(engine, { table: sessions, key: { id }, old, age: endsOn }, stop)
    },

    /**
     * How many sessions are live at `now`. Counts day by day in an index, and reads only the sessions that end today.
     * Includes sessions that ended because their client was disabled, deleted or changed.
     */
    async countLive(now: Date): Promise<number> {
      const today = dayOf(now)
      const [row] = await db.select({ last: max(sessions.endsOn) }).from(sessions)
      let found = await countWhere(and(eq(sessions.endsOn, today), live(now)))
      for (let day = today + 1; day <= Number(row?.last); day++) found += await countWhere(eq(sessions.endsOn, day))
      return found
    }
  }
}
