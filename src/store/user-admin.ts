import { and, eq, exists, ne, not, or, type SQL } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { emailCodeDelete } from './email-codes.ts'
import type { Db, Engine } from './engine/dialect.ts'
import { pendingTotpDelete } from './factor-rows.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { personalTokensDelete } from './personal-token-rows.ts'
import { endLogins } from './session-rows.ts'
import { hasContent, type UserRow } from './users.ts'
import { isUnusable } from './ways-in.ts'

export type UserAdminStore = ReturnType<typeof createUserAdminStore>

/** Account changes that must leave at least one account that can log in and has the scope `kept`, if there was one. */
export function createUserAdminStore({ db, schema, atomic }: Engine) {
  const { users } = schema

  /** The condition of an account that can log in and has the scope. */
  const holds = (scope: string) =>
    and(eq(users.disabled, false), not(isUnusable(users.passwordHash)), schema.contains(users.scopes, scope))

  const others = (tx: Pick<Db, 'select'>, id: string, scope: string) =>
    tx
      .select({ id: users.id })
      .from(users)
      .where(and(ne(users.id, id), holds(scope)))
      .limit(1)

  /** True unless the account is the last that can log in and has the scope. */
  const isDispensable = (tx: Db, id: string, scope: string) =>
    or(not(holds(scope) as SQL), exists(others(tx, id, scope)))

  return {
    /**
     * Updates permissions or claims. Disabling a user ends the sessions and deletes the personal access tokens. Changes
     * nothing and returns `undefined` if these members, or with `ofVersion` anything that the API returns, changed since
     * the account was read, or if no administrator with the scope `kept` would be left.
     */
    async change(
      user: UserRow,
      change: Pick<UserRow, 'disabled' | 'scopes' | 'updatedAt'> & Partial<Pick<UserRow, 'claims'>>,
      kept: string | undefined,
      events: AuditEvent[],
      ofVersion = false
    ) {
      const [row] = await atomic(
        (tx, then) => [
          tx
            .update(users)
            .set(change)
            .where(
              and(
                eq(users.id, user.id),
                eq(users.disabled, user.disabled),
                eq(users.scopes, user.scopes),
                change.claims && eq(users.claims, user.claims),
                ofVersion ? hasContent(schema, user) : undefined,
                kept === undefined ? undefined : isDispensable(tx, user.id, kept)
              )
            )
            .returning(),
          ...(change.disabled
            ? [
                ...endLogins(then, schema, { userId: user.id, now: change.updatedAt }),
                // After the sessions, which the creation of a token locks until it is done.
                personalTokensDelete(then, schema, user.id)
              ]
            : []),
          ...events.map(event => auditInsert(then, schema, event))
        ],
        'administrators'
      )
      return row
    },

    /**
     * Deletes the user with its sessions and all dependent rows, unless the password has changed since it was read, or
     * the user is the last with the scope `kept`. Returns the row as it was; `undefined` when nothing was deleted.
     */
    async remove({ id, passwordHash }: UserRow, kept: string, event: AuditEvent) {
      const [row] = await atomic(
        (tx, then) => [
          tx
            .delete(users)
            .where(and(eq(users.id, id), eq(users.passwordHash, passwordHash), isDispensable(tx, id, kept)))
            .returning(),
          emailCodeDelete(then, schema, id),
          auditInsert(then, schema, event)
        ],
        'administrators'
      )
      return row
    },

    /**
     * Replaces the password hash by `unusable`, forgets a pending address and an authenticator app that is not
     * confirmed, and ends every session, unless the hash has changed since it was read, or the account is the last with
     * the scope `kept`; false when nothing was changed.
     */
    async voidPassword(
      { id, passwordHash }: UserRow,
      { unusable, now, kept }: { unusable: string; now: Date; kept: string },
      event: AuditEvent,
      messages: NewMail[]
    ) {
      const rows = await atomic(
        (tx, then) => [
          tx
            .update(users)
            .set({ passwordHash: unusable, pendingEmail: null, updatedAt: now })
            .where(and(eq(users.id, id), eq(users.passwordHash, passwordHash), isDispensable(tx, id, kept)))
            .returning({ id: users.id }),
          pendingTotpDelete(then, schema, id),
          ...endLogins(then, schema, { userId: id, now }),
          ...mailInserts(then, schema, messages),
          auditInsert(then, schema, event)
        ],
        'administrators'
      )
      return rows.length > 0
    },

    /** Whether an account other than `id` that can log in has the scope. */
    async hasOther(id: string, scope: string) {
      return (await others(db, id, scope)).length > 0
    }
  }
}
