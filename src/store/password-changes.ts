import { and, eq, exists } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { type ClientRow, unchanged } from './clients.ts'
import type { Db, Engine } from './engine/dialect.ts'
import { nothingIfTaken } from './errors.ts'
import { pendingTotpDelete } from './factor-rows.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { personalTokensDelete } from './personal-token-rows.ts'
import { complete, endLogins, type NewSession, notEnded } from './session-rows.ts'
import { endWaits } from './throttle.ts'

/** A session that begins with a new password: the session that it replaces, and its client as it was read. */
export interface Successor {
  session: NewSession
  instead: string
  registeredClient: ClientRow | undefined
}

/** Changes of the password hashes of accounts. */
export function createPasswordChanges({ schema, atomic }: Engine) {
  const { users, sessions, identities } = schema

  /** True while the user is enabled, the session that `successor` replaces is live, and its client has not changed. */
  const mayBegin = (tx: Pick<Db, 'select'>, { instead, registeredClient }: Successor) => {
    const replaced = tx.select({ id: sessions.id }).from(sessions)
    return and(
      eq(users.disabled, false),
      exists(replaced.where(notEnded(schema, eq(sessions.id, instead)))),
      registeredClient && exists(unchanged(tx, schema, registeredClient))
    )
  }

  return {
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
     * transaction. Forgets a pending address, whose link no longer works, an authenticator app that is not confirmed,
     * and that the account was invited. Marks `address` as verified, if given. With `deleteTokens`, deletes the
     * personal access tokens, and with `unlinkIdentities` the linked identities. False when the hash is no
     * longer `from`, when the account has another address or another account has verified it, and when `successor` may
     * not begin.
     */
    async replacePassword(
      change: {
        id: string
        from: string
        to: string
        address?: string | null | undefined
        successor?: Successor | undefined
        deleteTokens?: boolean | undefined
        unlinkIdentities?: boolean | undefined
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
            invitedAt: null,
            updatedAt: change.now,
            ...(change.address ? { emailVerified: true } : {})
          })
          .where(
            and(
              eq(users.id, change.id),
              eq(users.passwordHash, change.from),
              change.address ? eq(users.email, change.address) : undefined,
              successor && mayBegin(tx, successor)
            )
          )
          .returning({ id: users.id }),
        pendingTotpDelete(then, schema, change.id),
        ...endLogins(then, schema, { userId: change.id, now: change.now }),
        // After the sessions, which the creation of a token locks until it is done.
        ...(change.deleteTokens ? [personalTokensDelete(then, schema, change.id)] : []),
        ...(change.unlinkIdentities ? [then.delete(identities, eq(identities.userId, change.id))] : []),
        ...(successor ? [then.insert(sessions, complete(successor.session))] : []),
        endWaits(then, schema, change.id),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows.length > 0
    }
  }
}
