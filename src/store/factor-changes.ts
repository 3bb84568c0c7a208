import { and, eq, exists, isNull, ne, type SQL, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Db, Engine, Following, Statement } from './engine/dialect.ts'
import { nothingIfTaken } from './errors.ts'
import {
  hasSameCredentials,
  type PasskeyRow,
  pendingTotpDelete,
  type RecoveryCodeRow,
  type TotpRow
} from './factor-rows.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { endLogins, notEndedUntilDone } from './session-rows.ts'
import { type SpentRow, spentInserts } from './spent.ts'
import type { UserRow } from './users.ts'
import { hasWayIn, type WaysIn } from './ways-in.ts'

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

/** A condition of a change that covers rows which it does not lock. */
type Guard = (tx: Pick<Db, 'select'>) => SQL | undefined

/** A new factor, and the rows that adding it spends. */
export interface AddedFactor extends OwnFactorChange {
  spent: SpentRow[]
}

/** The most passkeys of an account, and how many of them may wait to be confirmed. */
export interface PasskeyLimits {
  most: number
  mostUnconfirmed: number
}

/** Additions and removals of second factors. */
export function createFactorChanges({ schema, atomic }: Engine) {
  const { users, totp, recoveryCodes, passkeys } = schema

  const recoveryCodeStatements = (then: Following, userId: string, rows: RecoveryCodeRow[] | undefined): Statement[] =>
    rows === undefined
      ? []
      : [
          then.delete(recoveryCodes, eq(recoveryCodes.userId, userId)),
          ...rows.map(row => then.insert(recoveryCodes, row))
        ]

  const hasPasskey = (tx: Pick<Db, 'select'>, which: SQL | undefined) =>
    exists(tx.select({ id: passkeys.id }).from(passkeys).where(which))

  const fewerThan = (most: number, which: SQL | undefined) =>
    sql`(SELECT count(*) FROM ${passkeys} WHERE ${which}) < ${most}`

  const unconfirmed = (userId: string) => and(eq(passkeys.userId, userId), isNull(passkeys.confirmedAt))

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
      isLast = false,
      guard
    }: FactorChange & { session?: string; isLast?: boolean; guard?: Guard | undefined },
    changes: (then: Following) => Statement[]
  ): Promise<boolean> {
    const rows = await atomic(
      (tx, then) => [
        tx
          .update(users)
          .set({ secondFactorAt: isLast ? null : now })
          .where(
            and(
              hasSameCredentials(schema, user),
              session === undefined ? undefined : notEndedUntilDone(schema, session),
              guard?.(tx)
            )
          )
          .returning({ id: users.id }),
        ...changes(then),
        pendingTotpDelete(then, schema, user.id),
        ...recoveryCodeStatements(then, user.id, codes),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ],
      guard && 'ways-in'
    ).catch(nothingIfTaken)
    return rows.length > 0
  }

  /** Ends every session of the user but that of the request. */
  const endOthers = (then: Following, user: UserRow, { session, now }: OwnFactorChange) =>
    endLogins(then, schema, { userId: user.id, keep: session, now })

  return {
    /**
     * Confirms an authenticator app, which replaces the confirmed one, and ends the other sessions. False when the
     * account or the session has changed.
     */
    confirmTotp: (user: UserRow, { id }: TotpRow, factor: AddedFactor) =>
      change(user, factor, then => [
        ...spentInserts(then, schema, factor.spent),
        ...endOthers(then, user, factor),
        then.update(totp, { confirmedAt: factor.now }, eq(totp.id, id)),
        then.delete(totp, and(eq(totp.userId, user.id), ne(totp.id, id)))
      ]),

    /**
     * Adds a confirmed passkey, and ends the other sessions. False when the account or the session has changed, or when
     * the credential exists.
     */
    insertPasskey: (user: UserRow, row: PasskeyRow, factor: AddedFactor) =>
      change(user, factor, then => [
        ...spentInserts(then, schema, factor.spent),
        ...endOthers(then, user, factor),
        then.insert(passkeys, row)
      ]),

    /**
     * Adds a passkey that is not confirmed, which changes nothing else of the account. False for the same reasons, and
     * when the account has as many passkeys as `limits` allow.
     */
    async insertUnconfirmedPasskey(
      user: UserRow,
      row: PasskeyRow,
      { session, spent, messages, event }: Omit<AddedFactor, 'now'>,
      { most, mostUnconfirmed }: PasskeyLimits
    ): Promise<boolean> {
      const rows = await atomic(
        (tx, then) => [
          // Changes nothing, and locks the user.
          tx
            .update(users)
            .set({ secondFactorAt: user.secondFactorAt })
            .where(
              and(
                hasSameCredentials(schema, user),
                notEndedUntilDone(schema, session),
                fewerThan(most, eq(passkeys.userId, user.id)),
                fewerThan(mostUnconfirmed, unconfirmed(user.id))
              )
            )
            .returning({ id: users.id }),
          ...spentInserts(then, schema, spent),
          then.insert(passkeys, row),
          ...mailInserts(then, schema, messages),
          auditInsert(then, schema, event)
        ],
        'ways-in'
      ).catch(nothingIfTaken)
      return rows.length > 0
    },

    /**
     * Makes a passkey that is not confirmed a second factor, and ends the other sessions. False when there is none with
     * this id, or the account or the session has changed.
     */
    confirmPasskey: (user: UserRow, id: string, factor: OwnFactorChange) => {
      const which = and(unconfirmed(user.id), eq(passkeys.id, id))
      return change(user, { ...factor, guard: tx => hasPasskey(tx, which) }, then => [
        ...endOthers(then, user, factor),
        then.update(passkeys, { confirmedAt: factor.now }, which)
      ])
    },

    /**
     * Removes an authenticator app or a passkey, with the last one the recovery codes, and ends the other sessions.
     * False when the account or the session has changed. For a passkey, `ways` are given: false also when there is none
     * with this id, and when the user could not log in any more in one of them.
     */
    remove: (
      user: UserRow,
      id: string,
      { isLast, ways, ...factor }: OwnFactorChange & { isLast: boolean; ways?: WaysIn | undefined }
    ) => {
      const passkey = and(eq(passkeys.id, id), eq(passkeys.userId, user.id))
      const guard: Guard | undefined =
        ways && (tx => and(hasPasskey(tx, passkey), hasWayIn(tx, schema, user.id, ways, { passkey: id })))
      return change(user, { ...factor, isLast, guard, ...(isLast ? { recoveryCodes: [] } : {}) }, then => [
        ...endOthers(then, user, factor),
        then.delete(totp, and(eq(totp.id, id), eq(totp.userId, user.id))),
        then.delete(passkeys, passkey)
      ])
    },

    /** Removes every second factor, passkey and recovery code, and ends every session. */
    removeAll: (user: UserRow, factor: FactorChange) =>
      change(user, { ...factor, isLast: true, recoveryCodes: [] }, then => [
        then.delete(totp, eq(totp.userId, user.id)),
        then.delete(passkeys, eq(passkeys.userId, user.id)),
        ...endLogins(then, schema, { userId: user.id, now: factor.now })
      ]),

    /** Replaces the recovery codes. False when the account or the session has changed. */
    replaceRecoveryCodes: (user: UserRow, factor: OwnFactorChange & { recoveryCodes: RecoveryCodeRow[] }) =>
      change(user, factor, () => [])
  }
}
