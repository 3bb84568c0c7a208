import { and, eq, exists, inArray, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { type ClientRow, unchanged } from './clients.ts'
import type { Engine } from './engine/dialect.ts'
import { nothingIfTaken } from './errors.ts'
import { type FactorUse, factorUseStatements, hasSameFactors, isLinkedUntilDone } from './factor-rows.ts'
import { mailInserts, type NewMail } from './mail.ts'
import {
  complete,
  ended,
  isLive,
  latestFirst,
  mostAtOnce,
  type NewSession,
  notEnded,
  type SessionRow
} from './session-rows.ts'
import { type SpentRow, spentInserts } from './spent.ts'
import { knownPrefixStatements } from './throttle.ts'

/** The user as it was read when the login was checked, and the other changes of a login. */
export interface CheckedLogin {
  passwordHash: string
  secondFactorAt: Date | null
  loginEpoch: number
  registeredClient?: ClientRow | undefined
  prefix: string
  /** The rows that the login spends and counts, and the attempts to give back. */
  use: FactorUse
  /** How many sessions the user may have; a login ends the oldest ones beyond. */
  most: number
}

/** A step-up: all methods of the login, when the last one was used, and everything that it spends. */
export interface Raise {
  amr: string[]
  authTime: Date
  spent: SpentRow[]
  /** The key that the refresh tokens are bound to from now on, unless the session has one. */
  jkt?: string | null
}

/** Starts of sessions, and the step-up of one. */
export function createSessionStarts({ db, schema, atomic }: Engine) {
  const { sessions, users } = schema

  return {
    /**
     * Adds the session of a login, unless since the check the user was disabled, all logins were ended, the password or
     * a second factor was changed, a row of `use.spent` was spent, `use.identity` was unlinked, or the
     * `registeredClient` was disabled, deleted or changed. Ends the oldest sessions of a user who has too many. Marks
     * the address prefix as known, gives back the attempts, ends the user's series of consecutive failures and queues
     * messages. `undefined` when the session was not added.
     */
    async insertLogin(
      session: NewSession & { userId: string },
      { passwordHash, secondFactorAt, loginEpoch, use, registeredClient, prefix, most }: CheckedLogin,
      event: AuditEvent,
      messages: NewMail[] = []
    ): Promise<SessionRow | undefined> {
      const { userId, createdAt } = session
      const added = complete(session)
      const oldest = db
        .select({ id: sessions.id })
        .from(sessions)
        .where(notEnded(schema, eq(sessions.userId, userId)))
        .orderBy(...latestFirst(schema))
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
              eq(users.loginEpoch, loginEpoch),
              eq(users.disabled, false),
              registeredClient && exists(unchanged(tx, schema, registeredClient)),
              isLinkedUntilDone(schema, use.identity)
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
     * Adds a session of the client_credentials grant, unless the client was disabled, deleted or changed since it was
     * read, or a row of `spent` was spent. `undefined` when the session was not added.
     */
    async insert(
      session: NewSession,
      event: AuditEvent,
      registeredClient: ClientRow,
      spent: SpentRow[] = []
    ): Promise<SessionRow | undefined> {
      const added = complete(session)
      const rows = await atomic((tx, then) => [
        unchanged(tx, schema, registeredClient),
        then.insert(sessions, added),
        ...spentInserts(then, schema, spent),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows.length > 0 ? added : undefined
    },

    /**
     * Sets how and when the user proved to be who they are. Spends the code that allows it, and the proof of its
     * request. `undefined` when one was used, or when the session is no longer live.
     */
    async stepUp(
      session: SessionRow,
      { amr, authTime, spent, now, jkt = session.jkt }: Raise & { now: Date },
      event: AuditEvent
    ): Promise<SessionRow | undefined> {
      const rows = await atomic((tx, then) => [
        tx
          .update(sessions)
          .set({ amr, authTime, jkt: sql`COALESCE(${sessions.jkt}, ${jkt})` })
          .where(and(eq(sessions.id, session.id), isLive(schema, now)))
          .returning(),
        ...spentInserts(then, schema, spent),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows[0]
    }
  }
}
