import { setImmediate } from 'node:timers/promises'
import { and, asc, type Column, eq, exists, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { type ClientRow, unchanged } from './clients.ts'
import { endSessions, notEnded } from './end-sessions.ts'
import type { Db, Engine, Schema } from './engine/dialect.ts'
import { preparedLater } from './engine/prepared-later.ts'
import { nothingIfTaken } from './errors.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { tokenDelete } from './one-time-tokens.ts'
import { pendingTotpDelete } from './second-factors.ts'
import { complete, type NewSession } from './sessions.ts'
import { endWaits } from './throttle.ts'

export type UserStore = ReturnType<typeof createUserStore>
export type UserRow = Schema['users']['$inferSelect']
export type NewUser = Omit<UserRow, 'emailVerified' | 'pendingEmail' | 'disabled' | 'lastLoginAt' | 'secondFactorAt'>
/** An account imported from elsewhere; its last login is unknown. */
export type MovedUser = Omit<UserRow, 'pendingEmail' | 'lastLoginAt' | 'secondFactorAt'>
/** The addresses of an account as they were read. */
export type Addresses = Pick<UserRow, 'id' | 'email' | 'emailVerified' | 'pendingEmail'>

/** Changes of a user; absent columns stay unchanged. */
export type UserChanges = Partial<Omit<UserRow, 'id' | 'username' | 'createdAt'>> & { updatedAt: Date }

/** A session that begins with a new password: the session that it replaces, and its client as it was read. */
export interface Successor {
  session: NewSession
  instead: string
  registeredClient: ClientRow | undefined
}

/** Selects accounts whose username or e-mail address has the prefix, and accounts that are disabled or enabled. */
export interface UserFilter {
  begins?: { username: string; email: string } | undefined
  disabled?: boolean | undefined
}

/** Rows read per statement, since SQLite blocks the event loop. */
const scanRows = 1000
/** Steps that a page takes at most. */
const mostSteps = 20

/** Reads and writes of the table `users`. Expects normalised names and addresses. */
export function createUserStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { users, sessions } = schema

  const selectById = preparedLater<UserRow>('user_by_id', () =>
    db
      .select()
      .from(users)
      .where(eq(users.id, sql.placeholder('id')))
  )

  /** True while the user is enabled, the session that `successor` replaces is live, and its client has not changed. */
  const mayBegin = (tx: Pick<Db, 'select'>, { instead, registeredClient }: Successor) => {
    const replaced = tx.select({ id: sessions.id }).from(sessions)
    return and(
      eq(users.disabled, false),
      exists(replaced.where(notEnded(schema, eq(sessions.id, instead)))),
      registeredClient && exists(unchanged(tx, schema, registeredClient))
    )
  }

  const isAsRead = ({ id, email, emailVerified, pendingEmail }: Addresses) =>
    and(
      eq(users.id, id),
      email === null ? isNull(users.email) : eq(users.email, email),
      eq(users.emailVerified, emailVerified),
      pendingEmail === null ? isNull(users.pendingEmail) : eq(users.pendingEmail, pendingEmail)
    )

  /** Not a comparison with a value: the databases use the index of verified addresses only for its own condition. */
  const isVerified = sql`${users.emailVerified}`

  return {
    /** Adds the user, its audit event and messages; `undefined` when the username is taken. */
    async insert(user: NewUser, event: AuditEvent, messages: NewMail[] = []) {
      const [row] = await atomic((tx, then) => [
        tx.insert(users).values(user).onConflictDoNothing().returning(),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ])
      return row
    },

    /**
     * Adds the users whose id, username and verified address are free, and the event if there are any; resolves to
     * their ids.
     */
    async insertFree(moved: MovedUser[], event: AuditEvent): Promise<string[]> {
      const rows = await atomic((tx, then) => [
        tx.insert(users).values(moved).onConflictDoNothing().returning({ id: users.id }),
        auditInsert(then, schema, event)
      ])
      return rows.map(({ id }) => id)
    },

    /** Every user who has an id, a username or a verified address of one of `accounts`. */
    async holders(accounts: Pick<UserRow, 'id' | 'username' | 'email' | 'emailVerified'>[]) {
      const { id, username, email, emailVerified, passwordHash, createdAt } = users
      return await db
        .select({ id, username, email, emailVerified, passwordHash, createdAt })
        .from(users)
        .where(
          or(
            inArray(
              id,
              accounts.map(account => account.id)
            ),
            inArray(
              username,
              accounts.map(account => account.username)
            ),
            and(
              isVerified,
              inArray(
                email,
                accounts.filter(account => account.emailVerified).map(account => String(account.email))
              )
            )
          )
        )
    },

    async byId(id: string) {
      const [row] = await selectById({ id })
      return row
    },

    /** The usernames of the accounts among these ids, by id. */
    async usernames(ids: string[]): Promise<Map<string, string>> {
      const names = new Map<string, string>()
      // Databases limit the number of parameters of a query.
      for (let from = 0; from < ids.length; from += 1000) {
        const rows = await db
          .select({ id: users.id, username: users.username })
          .from(users)
          .where(inArray(users.id, ids.slice(from, from + 1000)))
        for (const { id, username } of rows) names.set(id, username)
      }
      return names
    },

    async byUsername(username: string) {
      const [row] = await db.select().from(users).where(eq(users.username, username))
      return row
    },

    /** The user with this verified address. */
    async byVerifiedEmail(email: string) {
      const [row] = await db
        .select()
        .from(users)
        .where(and(eq(users.email, email), isVerified))

      return row
    },

    /**
     * Up to `limit` users that match `filter`, ordered by username, after `afterUsername`, and the name after which the
     * next page begins, if there may be one. With a filter, examines a bounded number of users, so a page can have
     * fewer users than `limit`, or none.
     */
    async page(
      afterUsername: string,
      limit: number,
      filter: UserFilter = {}
    ): Promise<{ rows: UserRow[]; next?: string }> {
      const rows: UserRow[] = []
      let after = afterUsername
      for (let step = 0; step < mostSteps; step++) {
        // One more than asked for tells whether there is a next page.
        const room = limit + 1 - rows.length
        const most = matches(users, filter) ? scanRows : room
        const isAfter = gt(users.username, after)
        const some = db.select().from(users).where(isAfter).orderBy(asc(users.username)).limit(most).as('some')
        const matching = db.select().from(some).where(matches(some, filter)).orderBy(asc(some.username)).limit(room)
        rows.push(...(await matching))
        if (rows.length > limit) return { rows: rows.slice(0, limit), next: String(rows[limit - 1]?.username) }
        const [last] = await db
          .select({ username: users.username })
          .from(users)
          .where(isAfter)
          .orderBy(asc(users.username))
          .limit(1)
          .offset(most - 1)
        if (!last) return { rows }
        after = last.username
        // Reads of SQLite are synchronous, and other requests have their turn here.
        await setImmediate()
      }
      return { rows, next: after }
    },

    /**
     * Changes the user, records the event and queues messages; `undefined` when the user does not exist, or when the
     * addresses are no longer those of `from`.
     */
    async update(
      id: string,
      changes: UserChanges,
      event: AuditEvent,
      messages: NewMail[] = [],
      from?: Omit<Addresses, 'id'>
    ) {
      const { email, pendingEmail } = changes
      const [row] = await atomic((tx, then) => [
        tx
          .update(users)
          .set(changes)
          .where(from ? isAsRead({ ...from, id }) : eq(users.id, id))
          .returning(),
        // Otherwise links sent to an address would work again after the account changes back to it.
        ...(email !== undefined
          ? [tokenDelete(then, schema, id, 'verify_email', 'reset_password')]
          : pendingEmail !== undefined
            ? [tokenDelete(then, schema, id, 'verify_email')]
            : []),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ])
      return row
    },

    /**
     * Makes the pending address the verified one, or marks the address as verified if none is pending. False when there
     * is nothing to verify, when an address or the password has changed meanwhile, or when another account has verified
     * the address.
     */
    async verifyEmail(user: Addresses & { passwordHash: string }, now: Date, event: AuditEvent) {
      const { id, pendingEmail, passwordHash } = user
      const moved = pendingEmail === null ? {} : { email: pendingEmail, pendingEmail: null }
      const rows = await atomic((tx, then) => [
        tx
          .update(users)
          .set({ ...moved, emailVerified: true, updatedAt: now })
          .where(
            and(
              isAsRead(user),
              eq(users.passwordHash, passwordHash),
              pendingEmail === null ? eq(users.emailVerified, false) : undefined
            )
          )
          .returning({ id: users.id }),
        tokenDelete(then, schema, id, 'verify_email', ...(pendingEmail === null ? [] : ['reset_password' as const])),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows.length > 0
    },

    /** Replaces a hash by a stronger one of the same password, unless the password has changed since it was read. */
    async upgradeHash(id: string, from: string, to: string) {
      await atomic(tx => [
        tx
          .update(users)
          .set({ passwordHash: to })
          .where(and(eq(users.id, id), eq(users.passwordHash, from)))
          .returning({ id: users.id })
      ])
    },

    /**
     * Sets a new password hash, ends the user's sessions and the waits of the account, and begins `successor`, in one
     * transaction. Forgets a pending address, whose link no longer works, and an authenticator app that is not
     * confirmed. Marks the address `shown` as verified. False when the hash is no longer `from`, when the address is no
     * longer `shown` or another account has verified it, and when `successor` may not begin.
     */
    async replacePassword(
      change: {
        id: string
        from: string
        to: string
        shown?: string | undefined
        successor?: Successor | undefined
        now: Date
      },
      event: AuditEvent,
      messages: NewMail[] = []
    ) {
      const { successor } = change
      const rows = await atomic((tx, then) => [
        tx
          .update(users)
          .set({
            passwordHash: change.to,
            pendingEmail: null,
            updatedAt: change.now,
            ...(change.shown ? { emailVerified: true } : {})
          })
          .where(
            and(
              eq(users.id, change.id),
              eq(users.passwordHash, change.from),
              change.shown ? eq(users.email, change.shown) : undefined,
              successor && mayBegin(tx, successor)
            )
          )
          .returning({ id: users.id }),
        pendingTotpDelete(then, schema, change.id),
        endSessions(then, schema, eq(sessions.userId, change.id), change.now),
        ...(successor ? [then.insert(sessions, complete(successor.session))] : []),
        endWaits(then, schema, change.id),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows.length > 0
    }
  }
}

/** The condition of `filter` on the columns of `table`; `undefined` without one. */
const matches = (table: Record<'username' | 'email' | 'disabled', Column>, { begins, disabled }: UserFilter) =>
  and(
    begins && or(beginsWith(table.username, begins.username), beginsWith(table.email, begins.email)),
    disabled === undefined ? undefined : eq(table.disabled, disabled)
  )

/** Not LIKE: `%` and `_` are wildcards. */
const beginsWith = (column: Column, text: string) => sql`substr(${column}, 1, ${[...text].length}) = ${text}`
