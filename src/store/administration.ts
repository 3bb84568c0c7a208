import { and, eq, exists, isNull, ne, not, or } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit.ts'
import type { Db, Engine } from './dialect.ts'
import type { UserRow } from './users.ts'

export type AdministrationStore = ReturnType<typeof createAdministrationStore>

/** Changes of accounts that never leave the service without an enabled account that has a scope: `kept`, of those that could. */
export function createAdministrationStore({ db, schema, atomic }: Engine) {
  const { users, sessions } = schema

  const others = (tx: Pick<Db, 'select'>, id: string, scope: string) =>
    tx
      .select({ id: users.id })
      .from(users)
      .where(and(ne(users.id, id), eq(users.disabled, false), schema.contains(users.scopes, scope)))
      .limit(1)

  /** True unless the account is the last that is enabled and has the scope. */
  const isDispensable = (tx: Db, id: string, scope: string) =>
    or(eq(users.disabled, true), not(schema.contains(users.scopes, scope)), exists(others(tx, id, scope)))

  return {
    /**
     * Changes what `user` may do, unless the row is no longer what was read, or is the last with the scope `kept`; a disabled
     * user's sessions end. `undefined` when nothing was changed.
     */
    async change(
      user: UserRow,
      change: Pick<UserRow, 'disabled' | 'scopes' | 'updatedAt'>,
      kept: string | undefined,
      events: AuditEvent[]
    ) {
      const [row] = await atomic(tx => [
        tx
          .update(users)
          .set(change)
          .where(
            and(
              eq(users.id, user.id),
              eq(users.disabled, user.disabled),
              eq(users.scopes, user.scopes),
              kept === undefined ? undefined : isDispensable(tx, user.id, kept)
            )
          )
          .returning(),
        ...(change.disabled
          ? [
              tx
                .update(sessions)
                .set({ revokedAt: change.updatedAt })
                .where(and(eq(sessions.userId, user.id), isNull(sessions.revokedAt)))
            ]
          : []),
        ...events.map(event => auditInsert(tx, schema, event))
      ])
      return row
    },

    /**
     * Deletes the user, with sessions and all else that is of it, unless the password is no longer what was read, or it is
     * the last with the scope `kept`; false when nothing was deleted.
     */
    async remove({ id, passwordHash }: UserRow, kept: string, event: AuditEvent) {
      const rows = await atomic(tx => [
        tx
          .delete(users)
          .where(and(eq(users.id, id), eq(users.passwordHash, passwordHash), isDispensable(tx, id, kept)))
          .returning({ id: users.id }),
        auditInsert(tx, schema, event)
      ])
      return rows.length > 0
    },

    /** Whether an enabled account other than `id` has the scope. */
    async hasOther(id: string, scope: string) {
      return (await others(db, id, scope)).length > 0
    }
  }
}
