import { and, eq, exists, gte, isNotNull, notInArray, or } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Engine } from './engine/dialect.ts'
import { nothingIfTaken } from './errors.ts'
import { pendingTotpDelete } from './factor-rows.ts'
import { mailInserts, type NewMail } from './mail.ts'
import type { OneTimeTokenRow } from './one-time-tokens.ts'
import { personalTokensDelete } from './personal-token-rows.ts'
import { endLogins } from './session-rows.ts'

export type AccountUndoStore = ReturnType<typeof createAccountUndoStore>

/** The notices whose links undo a change, and the purposes of the tokens in them. */
const notices = ['email_changed', 'factor_added', 'token_added', 'identity_added'] as const
const purposes = ['undo_email_change', 'undo_factor'] as const

/** The change that takes an account back to the time before a change that its owner did not make. */
export function createAccountUndoStore({ schema, atomic }: Engine) {
  const { users, oneTimeTokens, mail, totp, passkeys, recoveryCodes, identities } = schema

  return {
    /**
     * Makes the address of a token that undoes a change the verified one, with no other pending, removes the second
     * factors, personal access tokens and linked identities that were added since that change, and ends every session
     * of the user. Deletes the recovery codes if factors or codes have changed since, and every link and notice of the
     * account except those that undo an earlier change. False when the token is used, or when another account has
     * verified the address.
     */
    async undo({ hash, userId, address, state }: OneTimeTokenRow, now: Date, event: AuditEvent, messages: NewMail[]) {
      // The time of the message.
      const since = new Date(state)
      const rows = await atomic((tx, then) => {
        const changedSince = tx
          .select({ id: users.id })
          .from(users)
          .where(and(eq(users.id, userId), gte(users.secondFactorAt, since)))
        const app = tx
          .select({ id: totp.id })
          .from(totp)
          .where(and(eq(totp.userId, userId), isNotNull(totp.confirmedAt)))
        const passkey = tx.select({ id: passkeys.id }).from(passkeys).where(eq(passkeys.userId, userId))
        return [
          tx.delete(oneTimeTokens).where(eq(oneTimeTokens.hash, hash)).returning({ hash: oneTimeTokens.hash }),
          // Before the factors, because it locks the user: no change of the factors can run at the same time.
          then.update(
            users,
            { email: address, emailVerified: true, pendingEmail: null, updatedAt: now },
            eq(users.id, userId)
          ),
          then.delete(recoveryCodes, and(eq(recoveryCodes.userId, userId), exists(changedSince))),
          pendingTotpDelete(then, schema, userId),
          then.delete(totp, and(eq(totp.userId, userId), gte(totp.confirmedAt, since))),
          then.delete(passkeys, and(eq(passkeys.userId, userId), gte(passkeys.createdAt, since))),
          then.update(users, { secondFactorAt: null }, eq(users.id, userId)),
          then.update(users, { secondFactorAt: now }, and(eq(users.id, userId), or(exists(app), exists(passkey)))),
          // Before the tokens, because a message gets its token while it is locked.
          then.delete(
            mail,
            and(eq(mail.userId, userId), or(notInArray(mail.kind, [...notices]), gte(mail.createdAt, since)))
          ),
          then.delete(
            oneTimeTokens,
            and(
              eq(oneTimeTokens.userId, userId),
              or(notInArray(oneTimeTokens.purpose, [...purposes]), gte(oneTimeTokens.state, state))
            )
          ),
          ...endLogins(then, schema, { userId, now }),
          // After the sessions, which an addition locks until it is done.
          personalTokensDelete(then, schema, userId, since),
          then.delete(identities, and(eq(identities.userId, userId), gte(identities.createdAt, since))),
          ...mailInserts(then, schema, messages),
          auditInsert(then, schema, event)
        ]
      }).catch(nothingIfTaken)
      return rows.length > 0
    }
  }
}
