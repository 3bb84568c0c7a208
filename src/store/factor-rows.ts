import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Following, Schema, Statement } from './engine/dialect.ts'
import { mailInserts, type NewMail } from './mail.ts'
import { type SpentRow, spentInserts } from './spent.ts'
import { type Attempt, countStatements, type NewAttempt } from './throttle.ts'

export type TotpRow = Schema['totp']['$inferSelect']
export type RecoveryCodeRow = Schema['recoveryCodes']['$inferSelect']
export type PasskeyRow = Schema['passkeys']['$inferSelect']

/** The rows that the use of a second factor, a password or a code spends, counts and changes. */
export interface FactorUse {
  /** Single-use ids. If one was used before, the whole transaction fails. */
  spent: SpentRow[]
  /** The hash of a recovery code. */
  recoveryCode?: string
  /** The id of an identity, which has to be linked still. */
  identity?: string | undefined
  passkey?: Pick<PasskeyRow, 'id' | 'counter' | 'backedUp' | 'lastUsedAt'> | undefined
  /** Notices of the use. */
  messages?: NewMail[]
  /** The attempts that the login counts. */
  counts?: NewAttempt[] | undefined
  /** The attempts that were counted before the proof was found right, for the list of a login to give back. */
  attempts?: Attempt[] | undefined
}

/** The statements of a use, for the list of the login that it allows. */
export const factorUseStatements = (
  then: Following,
  schema: Schema,
  { spent, recoveryCode, messages = [], counts = [] }: Omit<FactorUse, 'passkey' | 'identity' | 'attempts'>
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
export const hasSameFactors = ({ users }: Schema, { secondFactorAt }: { secondFactorAt: Date | null }) =>
  secondFactorAt === null ? isNull(users.secondFactorAt) : eq(users.secondFactorAt, secondFactorAt)

/** The statement that deletes the authenticator app that is not confirmed, for the list that voids it. */
export const pendingTotpDelete = (then: Following, { totp }: Schema, userId: string) =>
  then.delete(totp, and(eq(totp.userId, userId), isNull(totp.confirmedAt)))

/** The condition that neither the password nor the second factors of the account have changed since it was read. */
export const hasSameCredentials = (schema: Schema, user: Schema['users']['$inferSelect']) =>
  and(eq(schema.users.id, user.id), eq(schema.users.passwordHash, user.passwordHash), hasSameFactors(schema, user))

/** The condition that an identity is linked. PostgreSQL locks it, so that it is until the list is done. */
export const isLinkedUntilDone = ({ identities, locked }: Schema, id: string | undefined) =>
  id === undefined ? undefined : sql`EXISTS (SELECT 1 FROM ${identities} WHERE ${eq(identities.id, id)}${locked})`
