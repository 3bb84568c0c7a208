import { setImmediate } from 'node:timers/promises'
import { and, asc, type Column, count, desc, eq, gt, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import type { Engine, Schema } from './engine/dialect.ts'

type UserRow = Schema['users']['$inferSelect']

/**
 * Selects accounts whose username or e-mail address has the prefix, accounts that are disabled or enabled, and accounts
 * that are invited, so that nobody has chosen their password yet, or the others.
 */
export interface UserFilter {
  begins?: { username: string; email: string } | undefined
  disabled?: boolean | undefined
  invited?: boolean | undefined
}

/** The order of accounts: by username, or the newest first, which their ids say. */
export type UserOrder = 'username' | 'newest'

/** Rows read per statement, since SQLite blocks the event loop. */
const scanRows = 1000
/** Steps that a page takes at most. */
const mostSteps = 20

/** Reads of the table `users` in pages. */
export function createUserPages({ db, schema }: Engine) {
  const { users } = schema

  return {
    /** How many users there are, counted up to `most`. */
    async count(most: number): Promise<number> {
      const some = db.select({ id: users.id }).from(users).limit(most).as('some')
      const [row] = await db.select({ count: count() }).from(some)
      return Number(row?.count)
    },

    /**
     * Up to `limit` users that match `filter`, after the username `from`, or with the order `newest` after that id, and
     * where the next page begins, if there may be one; '' is the beginning. With a filter, examines a bounded number of
     * users, so a page can have fewer users than `limit`, or none.
     */
    async page(
      from: string,
      limit: number,
      filter: UserFilter = {},
      order: UserOrder = 'username'
    ): Promise<{ rows: UserRow[]; next?: string }> {
      const key = order === 'newest' ? 'id' : 'username'
      const [inOrder, follows] = order === 'newest' ? [desc, lt] : [asc, gt]
      const rows: UserRow[] = []
      let after = from
      for (let step = 0; step < mostSteps; step++) {
        // One more than asked for tells whether there is a next page.
        const room = limit + 1 - rows.length
        const most = matches(users, filter) ? scanRows : room
        const isAfter = after === '' ? undefined : follows(users[key], after)
        const some = db.select().from(users).where(isAfter).orderBy(inOrder(users[key])).limit(most).as('some')
        const matching = db.select().from(some).where(matches(some, filter)).orderBy(inOrder(some[key])).limit(room)
        rows.push(...(await matching))
        if (rows.length > limit) return { rows: rows.slice(0, limit), next: String(rows[limit - 1]?.[key]) }
        const [last] = await db
          .select({ at: users[key] })
          .from(users)
          .where(isAfter)
          .orderBy(inOrder(users[key]))
          .limit(1)
          .offset(most - 1)
        if (!last) return { rows }
        after = last.at
        // Reads of SQLite are synchronous, and other requests have their turn here.
        await setImmediate()
      }
      return { rows, next: after }
    }
  }
}

/** The condition of `filter` on the columns of `table`; `undefined` without one. */
const matches = (
  table: Record<'username' | 'email' | 'disabled' | 'invitedAt', Column>,
  { begins, disabled, invited }: UserFilter
) =>
  and(
    begins && or(beginsWith(table.username, begins.username), beginsWith(table.email, begins.email)),
    disabled === undefined ? undefined : eq(table.disabled, disabled),
    invited === undefined ? undefined : (invited ? isNotNull : isNull)(table.invitedAt)
  )

/** Not LIKE: `%` and `_` are wildcards. */
const beginsWith = (column: Column, text: string) => sql`substr(${column}, 1, ${[...text].length}) = ${text}`
