import { and, asc, eq, exists, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Db, Engine } from './engine/dialect.ts'
import { preparedLater } from './engine/prepared-later.ts'
import { nothingIfTaken } from './errors.ts'
import { createFactorChanges } from './factor-changes.ts'
import {
  type FactorUse,
  factorUseStatements,
  hasSameCredentials,
  isLinkedUntilDone,
  type PasskeyRow,
  pendingTotpDelete,
  type RecoveryCodeRow,
  type TotpRow
} from './factor-rows.ts'
import type { UserRow } from './users.ts'

export type { FactorUse, PasskeyRow, RecoveryCodeRow, TotpRow } from './factor-rows.ts'
export type SecondFactorStore = ReturnType<typeof createSecondFactorStore>

/** Reads and writes of the tables `totp`, `recovery_codes` and `passkeys`. */
export function createSecondFactorStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { users, totp, recoveryCodes, passkeys } = schema

  const selectPasskey = preparedLater<{ passkey: PasskeyRow; user: UserRow }>('passkey_with_user', () =>
    db
      .select({ passkey: passkeys, user: users })
      .from(passkeys)
      .innerJoin(users, eq(users.id, passkeys.userId))
      .where(eq(passkeys.credentialId, sql.placeholder('credentialId')))
  )

  /** Writes the counter of a passkey only if it grows, or if the passkey has none and it stays at zero. */
  function passkeyUse(tx: Db, user: UserRow, { id, ...state }: NonNullable<FactorUse['passkey']>, identity?: string) {
    const grows = state.counter === 0 ? eq(passkeys.counter, 0) : lt(passkeys.counter, state.counter)
    const account = tx.select({ id: users.id }).from(users).where(hasSameCredentials(schema, user))
    return tx
      .update(passkeys)
      .set(state)
      .where(and(eq(passkeys.id, id), grows, exists(account), isLinkedUntilDone(schema, identity)))
      .returning({ id: passkeys.id })
  }

  async function confirmedTotp(userId: string): Promise<TotpRow | undefined> {
    const [row] = await db
      .select()
      .from(totp)
      .where(and(eq(totp.userId, userId), isNotNull(totp.confirmedAt)))
    return row
  }

  /** The passkeys of the account in the order of their creation. */
  const passkeysOf = (userId: string): Promise<PasskeyRow[]> =>
    db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.id))

  return {
    ...createFactorChanges(engine),

    passkeysOf,

    /**
     * The second factors of the account: the confirmed authenticator app, the passkeys in the order of their creation,
     * and the hashes of the recovery codes.
     */
    async ofUser(userId: string) {
      const app = await confirmedTotp(userId)
      const codes = await db
        .select({ hash: recoveryCodes.hash })
        .from(recoveryCodes)
        .where(eq(recoveryCodes.userId, userId))
      return { totp: app, passkeys: await passkeysOf(userId), recoveryCodes: codes.map(({ hash }) => hash) }
    },

    /** The confirmed authenticator app. */
    confirmedTotp,

    /** The authenticator app `id` of this user that is not confirmed. */
    async pendingTotp(userId: string, id: string): Promise<TotpRow | undefined> {
      const [row] = await db
        .select()
        .from(totp)
        .where(and(eq(totp.id, id), eq(totp.userId, userId), isNull(totp.confirmedAt)))
      return row
    },

    /** The recovery codes of the account. */
    async recoveryCodes(userId: string): Promise<RecoveryCodeRow[]> {
      return await db.select().from(recoveryCodes).where(eq(recoveryCodes.userId, userId))
    },

    /**
     * Adds an authenticator app that is not confirmed, in place of another one. False when the second factors or the
     * password of `user` have changed since it was read, and when the user is deleted.
     */
    async insertPending(user: UserRow, row: Omit<TotpRow, 'userId' | 'confirmedAt'>): Promise<boolean> {
      const rows = await atomic((tx, then) => [
        // Changes nothing, and locks the user: two of these requests run one after the other.
        tx
          .update(users)
          .set({ secondFactorAt: user.secondFactorAt })
          .where(hasSameCredentials(schema, user))
          .returning({ id: users.id }),
        pendingTotpDelete(then, schema, user.id),
        then.insert(totp, { ...row, userId: user.id, confirmedAt: null })
      ])
      return rows.length > 0
    },

    /** The passkey with this credential id, and its user. */
    async passkeyWithUser(credentialId: string): Promise<{ passkey: PasskeyRow; user: UserRow } | undefined> {
      const [row] = await selectPasskey({ credentialId })
      return row
    },

    /** Renames a passkey of this user; `undefined` when there is none with this id. */
    async renamePasskey(userId: string, id: string, name: string, event: AuditEvent): Promise<PasskeyRow | undefined> {
      const [row] = await atomic((tx, then) => [
        tx
          .update(passkeys)
          .set({ name })
          .where(and(eq(passkeys.id, id), eq(passkeys.userId, userId)))
          .returning(),
        auditInsert(then, schema, event)
      ])
      return row
    },

    /**
     * Spends what an authorization code stands for, and records its event. The use of the code checks the account
     * again, because nothing locks it here. False when some of it was used before, when the passkey was used at the
     * same time with the same counter or a higher one, when `use.identity` was unlinked, and when the second factors or
     * the password of `user` have changed since it was read.
     */
    async use(
      user: UserRow,
      { passkey, identity, ...use }: Omit<FactorUse, 'attempts'>,
      event: AuditEvent
    ): Promise<boolean> {
      const rows = await atomic((tx, then) => [
        passkey
          ? passkeyUse(tx, user, passkey, identity)
          : tx
              .select({ id: users.id })
              .from(users)
              .where(and(hasSameCredentials(schema, user), isLinkedUntilDone(schema, identity))),
        ...factorUseStatements(then, schema, use),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows.length > 0
    }
  }
}
