import { and, asc, eq, exists, lt, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Engine, Schema } from './engine/dialect.ts'
import { nothingIfTaken } from './errors.ts'
import { hasSameCredentials } from './factor-rows.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { endLogins, notEndedUntilDone } from './session-rows.ts'
import { type SpentRow, spentInserts } from './spent.ts'
import type { NewUser, UserRow } from './users.ts'
import { hasWayIn, type WaysIn } from './ways-in.ts'

export type IdentityStore = ReturnType<typeof createIdentityStore>
export type IdentityRow = Schema['identities']['$inferSelect']

/** An identity, and the user that it logs in. */
export interface IdentityAndUser {
  identity: IdentityRow
  user: UserRow
}

/** The event and the notices of a change. */
export interface Recorded {
  event: AuditEvent
  messages: NewMail[]
}

/** Reads and writes of the table `identities`. */
export function createIdentityStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { identities, users } = schema

  /** Changes nothing, and locks the user: changes of the ways to log in run one after the other. */
  const unchanged = (user: UserRow) => ({ secondFactorAt: user.secondFactorAt })

  return {
    /** The identity with this subject, and its user. */
    async bySubject({
      issuer,
      subject
    }: Pick<IdentityRow, 'issuer' | 'subject'>): Promise<IdentityAndUser | undefined> {
      const [row] = await db
        .select({ identity: identities, user: users })
        .from(identities)
        .innerJoin(users, eq(users.id, identities.userId))
        .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)))
      return row
    },

    /** The linked identities of a user in the order in which they were linked. */
    ofUser: (userId: string): Promise<IdentityRow[]> =>
      db.select().from(identities).where(eq(identities.userId, userId)).orderBy(asc(identities.id)),

    /**
     * Adds a user with its first identity. `undefined` when the username, the verified address or the identity is taken.
     */
    async insertWithUser(
      user: NewUser & Pick<UserRow, 'emailVerified'>,
      row: IdentityRow,
      event: AuditEvent,
      messages: NewMail[]
    ): Promise<UserRow | undefined> {
      const [added] = await atomic((tx, then) => [
        tx.insert(users).values(user).onConflictDoNothing().returning(),
        then.insert(identities, row),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return added
    },

    /**
     * Links an identity, and spends its ID token. False when the password or the second factors of the user
     * have changed since it was read, when the user is disabled or has `most` linked identities, the session has
     * ended, the token was used, or the identity is linked already.
     */
    async insert(
      user: UserRow,
      row: IdentityRow,
      { session, most, spent, event, messages }: Recorded & { session: string; most: number; spent: SpentRow }
    ): Promise<boolean> {
      const linked = sql`(SELECT count(*) FROM ${identities} WHERE ${eq(identities.userId, user.id)})`
      const rows = await atomic(
        (tx, then) => [
          tx
            .update(users)
            .set(unchanged(user))
            .where(
              and(
                hasSameCredentials(schema, user),
                eq(users.disabled, false),
                lt(linked, most),
                notEndedUntilDone(schema, session)
              )
            )
            .returning({ id: users.id }),
          ...spentInserts(then, schema, [spent]),
          then.insert(identities, row),
          ...mailInserts(then, schema, messages),
          auditInsert(then, schema, event)
        ],
        // The guard counts rows that it does not lock.
        'ways-in'
      ).catch(nothingIfTaken)
      return rows.length > 0
    },

    /**
     * Unlinks an identity of the user, and ends the sessions of the user but `session`. False when there is
     * none with this id, when the password or the second factors have changed since the user was read, or the session
     * has ended, and when the user could not log in any more in one of `ways`.
     */
    async remove(
      user: UserRow,
      id: string,
      { session, ways, now, event, messages }: Recorded & { session?: string; ways?: WaysIn; now: Date }
    ): Promise<boolean> {
      const rows = await atomic(
        (tx, then) => [
          tx
            .update(users)
            .set(unchanged(user))
            .where(
              and(
                hasSameCredentials(schema, user),
                exists(
                  tx
                    .select({ id: identities.id })
                    .from(identities)
                    .where(and(eq(identities.id, id), eq(identities.userId, user.id)))
                ),
                session === undefined ? undefined : notEndedUntilDone(schema, session),
                ways && hasWayIn(tx, schema, user.id, ways, { identity: id })
              )
            )
            .returning({ id: users.id }),
          then.delete(identities, eq(identities.id, id)),
          ...endLogins(then, schema, { userId: user.id, keep: session, now }),
          ...mailInserts(then, schema, messages),
          auditInsert(then, schema, event)
        ],
        'ways-in'
      )
      return rows.length > 0
    }
  }
}
