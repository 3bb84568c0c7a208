import { and, eq, ne } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Engine, Following, Statement } from './engine/dialect.ts'
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

/** That the account can log in without the passkey `without`. */
interface KeptWay {
  ways: WaysIn
  without: string
}

/** A new factor, and the rows that adding it spends. */
export interface AddedFactor extends OwnFactorChange {
  spent: SpentRow[]
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
      kept
    }: FactorChange & { session?: string; isLast?: boolean; kept?: KeptWay | undefined },
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
              kept && hasWayIn(tx, schema, user.id, kept.ways, { passkey: kept.without })
            )
          )
          .returning({ id: users.id }),
        ...changes(then),
        pendingTotpDelete(then, schema, user.id),
        ...recoveryCodeStatements(then, user.id, codes),
        ...mailInserts(then, schema, messages),
        auditInsert(then, schema, event)
      ],
      kept && 'ways-in'
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
     * Adds a passkey, and ends the other sessions. False when the account or the session has changed, or when the
     * credential exists.
     */
    insertPasskey: (user: UserRow, row: PasskeyRow, factor: AddedFactor) =>
      change(user, factor, then => [
        ...spentInserts(then, schema, factor.spent),
        ...endOthers(then, user, factor),
        then.insert(passkeys, row)
      ]),

    /**
     * Removes an authenticator app or a passkey, with the last one the recovery codes, and ends the other sessions.
     * False when the account or the session has changed, and when the user could not log in any more in one of `ways`,
     * which are given for a passkey.
     */
    remove: (
      user: UserRow,
      id: string,
      { isLast, ways, ...factor }: OwnFactorChange & { isLast: boolean; ways?: WaysIn | undefined }
    ) => {
      const kept = ways && { ways, without: id }
      return change(user, { ...factor, isLast, kept, ...(isLast ? { recoveryCodes: [] } : {}) }, then => [
        ...endOthers(then, user, factor),
        then.delete(totp, and(eq(totp.id, id), eq(totp.userId, user.id))),
        then.delete(passkeys, and(eq(passkeys.id, id), eq(passkeys.userId, user.id)))
      ])
    },

    /** Removes every second factor and recovery code, and ends every session. */
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
