import { setImmediate } from 'node:timers/promises'
import { and, asc, type Column, eq, gt, inArray, ne, notExists, or, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { endSessions } from './end-sessions.ts'
import type { Engine, Schema } from './engine/dialect.ts'
import { nothingIfTaken } from './errors.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { tokenDelete } from './one-time-tokens.ts'
import { endSeries } from './throttle.ts'

export type UserStore = ReturnType<typeof createUserStore>
export type UserRow = Schema['users']['$inferSelect']
export type NewUser = Omit<UserRow, 'emailVerified' | 'disabled' | 'lastLoginAt'>
/** An account imported from elsewhere; its last login is unknown. */
export type MovedUser = Omit<UserRow, 'lastLoginAt'>

/** Changes of a user; absent columns stay unchanged. */
export type UserChanges = Partial<Omit<UserRow, 'id' | 'username' | 'createdAt'>> & { updatedAt: Date }

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
  const { users } = schema
  return {
    /** Adds the user, its audit event and messages; `undefined` when the username or the e-mail address is taken. */
    async insert(user: NewUser, event: AuditEvent, messages: NewMail[] = []) {
      const [row] = await atomic((tx, then) => [
        tx.insert(users).values(user).onConflictDoNothing().returning(),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ])
      return row
    },

    /**
     * Adds the users whose id, username and address are free, and the event if there are any; resolves to their ids.
     */
    async insertFree(moved: MovedUser[], event: AuditEvent): Promise<string[]> {
      const rows = await atomic((tx, then) => [
        tx.insert(users).values(moved).onConflictDoNothing().returning({ id: users.id }),
        auditInsert(then, schema, event)
      ])
      return rows.map(({ id }) => id)
    },

    /** Every user who has an id, a username or an address of one of `accounts`. */
    async holders(accounts: Pick<UserRow, 'id' | 'username' | 'email'>[]) {
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
            inArray(
              email,
              accounts.flatMap(account => account.email ?? [])
            )
          )
        )
    },

    async byId(id: string) {
      const [row] = await db.select().from(users).where(eq(users.id, id))
      return row
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
        .where(and(eq(users.email, email), eq(users.emailVerified, true)))

      return row
    },

    /** The user with this address, verified or not. */
    async byEmail(email: string) {
      const [row] = await db.select().from(users).where(eq(users.email, email))
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
     * Changes the user, records the event and queues messages; `undefined` when the user does not exist or the new
     * e-mail address is taken.
     */
    async update(id: string, changes: UserChanges, event: AuditEvent, messages: NewMail[] = []) {
      const taken = changes.email
        ? notExists(
            db
              .select()
              .from(users)
              .where(and(eq(users.email, changes.email), ne(users.id, id)))
          )
        : undefined
      const [row] = await atomic((tx, then) => [
        tx
          .update(users)
          .set(changes)
          .where(and(eq(users.id, id), taken))
          .returning(),
        // Otherwise links sent to an address would work again after the account changes back to it.
        ...(changes.email === undefined ? [] : [tokenDelete(then, schema, id)]),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return row
    },

    /**
     * Marks the address as verified; false when it already is, or when the address or password has changed meanwhile.
     */
    async verifyEmail(
      { id, email, passwordHash }: { id: string; email: string; passwordHash: string },
      now: Date,
      event: AuditEvent
    ) {
      const isAsRead = and(eq(users.id, id), eq(users.email, email), eq(users.passwordHash, passwordHash))
      const rows = await atomic((tx, then) => [
        tx
          .update(users)
          .set({ emailVerified: true, updatedAt: now })
          .where(and(isAsRead, eq(users.emailVerified, false)))
          .returning({ id: users.id }),
        tokenDelete(then, schema, id, 'verify_email'),
        auditInsert(then, schema, event)
      ])
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
     * Sets a new password hash, and ends the user's sessions except `keepSession` and the series of consecutive failures,
     * in one transaction. Marks the address `shown` as verified. False when the hash is no longer `from`, or the address no longer `shown`, because of a
     * concurrent change.
     */
    async replacePassword(
      change: {
        id: string
        from: string
        to: string
        keepSession: string | undefined
        shown?: string | undefined
        now: Date
      },
      event: AuditEvent,
      messages: NewMail[] = []
    ) {
      const { sessions } = schema
      const kept = change.keepSession === undefined ? undefined : ne(sessions.id, change.keepSession)
      const rows = await atomic((tx, then) => [
        tx
          .update(users)
          .set({ passwordHash: change.to, updatedAt: change.now, ...(change.shown ? { emailVerified: true } : {}) })
          .where(
            and(
              eq(users.id, change.id),
              eq(users.passwordHash, change.from),
              change.shown ? eq(users.email, change.shown) : undefined
            )
          )
          .returning({ id: users.id }),
        endSessions(then, schema, and(eq(sessions.userId, change.id), kept), change.now),
        endSeries(then, schema, change.id),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ])
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
