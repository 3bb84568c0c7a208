import { and, asc, eq, exists, isNotNull, isNull, lt, ne, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import { endSessions, notEndedUntilDone } from './end-sessions.ts'
import type { Db, Engine, Following, Schema, Statement } from './engine/dialect.ts'
import { preparedLater } from './engine/prepared-later.ts'
import { nothingIfTaken } from './errors.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { type SpentRow, spentInserts } from './spent.ts'
import { type Attempt, countStatements, giveBackStatements, type NewAttempt } from './throttle.ts'
import type { UserRow } from './users.ts'

export type SecondFactorStore = ReturnType<typeof createSecondFactorStore>
export type TotpRow = Schema['totp']['$inferSelect']
export type RecoveryCodeRow = Schema['recoveryCodes']['$inferSelect']
export type PasskeyRow = Schema['passkeys']['$inferSelect']

/** What the use of a second factor uses up or changes. */
export interface FactorUse {
  /** Ids that work once. A second use fails, and everything that belongs to it. */
  spent: SpentRow[]
  /** The hash of a recovery code. */
  recoveryCode?: string
  passkey?: Pick<PasskeyRow, 'id' | 'counter' | 'backedUp' | 'lastUsedAt'> | undefined
  /** Notices of the use. */
  messages?: NewMail[]
  /** What the login counts. */
  counts?: NewAttempt[] | undefined
  /** The attempts that were counted before the login was found right. Its list gives them back. */
  attempts?: Attempt[] | undefined
}

/** The statements of a use, for the list of the login that it allows. */
export const factorUseStatements = (
  then: Following,
  schema: Schema,
  { spent, recoveryCode, messages = [], counts = [] }: Omit<FactorUse, 'passkey' | 'attempts'>
): Statement[] => {
  const { recoveryCodes } = schema
  return [
    ...spentInserts(then, schema, spent),
    ...(recoveryCode === undefined ? [] : [then.delete(recoveryCodes, eq(recoveryCodes.hash, recoveryCode))]),
    ...countStatements(then, schema, counts),
    ...mailInserts(then, schema, messages)
  ]
}

/** The condition that the second factors of the account are those that `user` had when it was read. */
export const hasSameFactors = ({ users }: Schema, { secondFactorAt }: Pick<UserRow, 'secondFactorAt'>) =>
  secondFactorAt === null ? isNull(users.secondFactorAt) : eq(users.secondFactorAt, secondFactorAt)

/** The statement that deletes the authenticator app that is not confirmed, for the list that voids it. */
export const pendingTotpDelete = (then: Following, { totp }: Schema, userId: string) =>
  then.delete(totp, and(eq(totp.userId, userId), isNull(totp.confirmedAt)))

/** A change of second factors: when, its event, its notices, and the recovery codes that replace all others. */
export interface FactorChange {
  now: Date
  event: AuditEvent
  messages: NewMail[]
  /** Without them, the codes of the account stay. */
  recoveryCodes?: RecoveryCodeRow[] | undefined
}

/** A change by the owner, and the id of the session of the request. */
export interface OwnFactorChange extends FactorChange {
  session: string
}

/** A new factor, and what adding it uses up. */
export interface AddedFactor extends OwnFactorChange {
  spent: SpentRow[]
}

/** Reads and writes of the tables `totp`, `recovery_codes` and `passkeys`. */
export function createSecondFactorStore(engine: Engine) {
  const { db, schema, atomic } = engine
  const { users, sessions, totp, recoveryCodes, passkeys } = schema

  const recoveryCodeStatements = (then: Following, userId: string, rows: RecoveryCodeRow[] | undefined): Statement[] =>
    rows === undefined
      ? []
      : [
          then.delete(recoveryCodes, eq(recoveryCodes.userId, userId)),
          ...rows.map(row => then.insert(recoveryCodes, row))
        ]

  const selectPasskey = preparedLater<{ passkey: PasskeyRow; user: UserRow }>('passkey_with_user', () =>
    db
      .select({ passkey: passkeys, user: users })
      .from(passkeys)
      .innerJoin(users, eq(users.id, passkeys.userId))
      .where(eq(passkeys.credentialId, sql.placeholder('credentialId')))
  )

  const isAsRead = (user: UserRow) =>
    and(eq(users.id, user.id), eq(users.passwordHash, user.passwordHash), hasSameFactors(schema, user))

  /** Writes the counter of a passkey only if it grows, or if the passkey has none and it stays at zero. */
  function passkeyUse(tx: Db, user: UserRow, { id, ...state }: NonNullable<FactorUse['passkey']>) {
    const grows = state.counter === 0 ? eq(passkeys.counter, 0) : lt(passkeys.counter, state.counter)
    const account = tx.select({ id: users.id }).from(users).where(isAsRead(user))
    return tx
      .update(passkeys)
      .set(state)
      .where(and(eq(passkeys.id, id), grows, exists(account)))
      .returning({ id: passkeys.id })
  }

  /**
   * Runs `changes`, and voids an authenticator app that is not confirmed. Does nothing and resolves to false when the
   * second factors or the password of `user` have changed since it was read, or when `session` has ended. `isLast` says
   * that the account has no factor afterwards.
   */
  async function change(
    user: UserRow,
    {
      now,
      event,
      messages,
      recoveryCodes: codes,
      session,
      isLast = false
    }: FactorChange & { session?: string; isLast?: boolean },
    changes: (then: Following) => Statement[]
  ): Promise<boolean> {
    const rows = await atomic((tx, then) => [
      tx
        .update(users)
        .set({ secondFactorAt: isLast ? null : now })
        .where(and(isAsRead(user), session === undefined ? undefined : notEndedUntilDone(schema, session)))
        .returning({ id: users.id }),
      ...changes(then),
      pendingTotpDelete(then, schema, user.id),
      ...recoveryCodeStatements(then, user.id, codes),
      ...mailInserts(then, schema, messages),
      auditInsert(then, schema, event)
    ]).catch(nothingIfTaken)
    return rows.length > 0
  }

  /** Ends every session of the user but that of the request. */
  const endOthers = (then: Following, user: UserRow, { session, now }: OwnFactorChange) =>
    endSessions(then, schema, and(eq(sessions.userId, user.id), ne(sessions.id, session)), now)

  async function confirmedTotp(userId: string): Promise<TotpRow | undefined> {
    const [row] = await db
      .select()
      .from(totp)
      .where(and(eq(totp.userId, userId), isNotNull(totp.confirmedAt)))
    return row
  }

  return {
    /** The confirmed authenticator app, the passkeys in the order of their creation, and the hashes of the codes. */
    async ofUser(userId: string) {
      const app = await confirmedTotp(userId)
      const keys = await db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.id))
      const codes = await db
        .select({ hash: recoveryCodes.hash })
        .from(recoveryCodes)
        .where(eq(recoveryCodes.userId, userId))
      return { totp: app, passkeys: keys, recoveryCodes: codes.map(({ hash }) => hash) }
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
        tx.update(users).set({ secondFactorAt: user.secondFactorAt }).where(isAsRead(user)).returning({ id: users.id }),
        pendingTotpDelete(then, schema, user.id),
        then.insert(totp, { ...row, userId: user.id, confirmedAt: null })
      ])
      return rows.length > 0
    },

    /**
     * Confirms an authenticator app, which replaces the confirmed one, and ends the other sessions. False when the
     * account or the session has changed.
     */
    confirmTotp: (user: UserRow, { id }: TotpRow, factor: AddedFactor) =>
      change(user, factor, then => [
        ...spentInserts(then, schema, factor.spent),
        endOthers(then, user, factor),
        then.update(totp, { confirmedAt: factor.now }, eq(totp.id, id)),
        then.delete(totp, and(eq(totp.userId, user.id), ne(totp.id, id)))
      ]),

    /**
     * Adds a passkey, and ends the other sessions. False when the account or the session has changed, or when the
     * credential exists.
     */
    insertPasskey: (user: UserRow, row: PasskeyRow, factor: AddedFactor) =>
      change(user, factor, then => [
        ...spentInserts(then, schema, factor.spent),
        endOthers(then, user, factor),
        then.insert(passkeys, row)
      ]),

    /**
     * Removes an authenticator app or a passkey, with the last one the recovery codes, and ends the other sessions.
     * False when the account or the session has changed.
     */
    remove: (user: UserRow, id: string, { isLast, ...factor }: OwnFactorChange & { isLast: boolean }) =>
      change(user, { ...factor, isLast, ...(isLast ? { recoveryCodes: [] } : {}) }, then => [
        endOthers(then, user, factor),
        then.delete(totp, and(eq(totp.id, id), eq(totp.userId, user.id))),
        then.delete(passkeys, and(eq(passkeys.id, id), eq(passkeys.userId, user.id)))
      ]),

    /** Removes every second factor and recovery code, and ends every session. */
    removeAll: (user: UserRow, factor: FactorChange) =>
      change(user, { ...factor, isLast: true, recoveryCodes: [] }, then => [
        then.delete(totp, eq(totp.userId, user.id)),
        then.delete(passkeys, eq(passkeys.userId, user.id)),
        endSessions(then, schema, eq(sessions.userId, user.id), factor.now)
      ]),

    /** Replaces the recovery codes. False when the account or the session has changed. */
    replaceRecoveryCodes: (user: UserRow, factor: OwnFactorChange & { recoveryCodes: RecoveryCodeRow[] }) =>
      change(user, factor, () => []),

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
     * Uses up what an authorization code stands for, and records its event. The use of the code checks the account again,
     * because nothing locks it here. False when some of it was used before, when
     * the passkey was used at the same time with the same counter or a higher one, and when the second factors or the
     * password of `user` have changed since it was read.
     */
    async use(user: UserRow, { passkey, attempts = [], ...use }: FactorUse, event: AuditEvent): Promise<boolean> {
      const rows = await atomic((tx, then) => [
        passkey ? passkeyUse(tx, user, passkey) : tx.select({ id: users.id }).from(users).where(isAsRead(user)),
        ...factorUseStatements(then, schema, use),
        ...giveBackStatements(then, schema, attempts, event.at.getTime()),
        auditInsert(then, schema, event)
      ]).catch(nothingIfTaken)
      return rows.length > 0
    }
  }
}
