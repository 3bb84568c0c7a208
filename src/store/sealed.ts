import { and, asc, eq, gt, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import { type AuditEvent, auditInsert } from './audit/events.ts'
import type { Db, Engine, Statement } from './engine/dialect.ts'
import { hasSameFactors } from './factor-rows.ts'
import { endLogins } from './session-rows.ts'
import type { UserRow } from './users.ts'

export type SealedStore = ReturnType<typeof createSealedStore>

/** Something sealed with the secret; `place` is its position in the order of the steps. */
export interface SealedRow {
  place: string
  sealed: string
}
/** The sealed private part of a signing key. */
export type SealedKey = SealedRow & { kid: string }
/** The sealed secret of an authenticator app. */
export type SealedApp = SealedRow & { id: string; userId: string }
/** The sealed secret of a webhook. */
export type SealedWebhook = SealedRow & { id: string }
/** The sealed key of the recovery codes of an account. */
export type SealedRecoveryKey = SealedRow & { userId: string }

/** The second factors to remove from an account: its app, its recovery codes, or both. */
export interface DiscardedFactors {
  app: Pick<SealedApp, 'id'> | undefined
  recoveryCodes: boolean
  /** Whether the account has no second factor afterwards. */
  isLast: boolean
  event: AuditEvent
  now: Date
}

const stepRows = 100

/** Reads of everything that the database keeps sealed, up to a hundred rows at a time, and its replacement. */
export function createSealedStore({ db, schema, atomic }: Engine) {
  const { keys, totp, recoveryCodes, users, webhooks } = schema

  /** Whether the update, whose condition is the old sealed text, has changed anything. */
  const changes = async (build: (tx: Db) => Statement<unknown[]>) => (await atomic(tx => [build(tx)])).length > 0

  async function nextApps(which: SQL, after = ''): Promise<SealedApp[]> {
    return await db
      .select({ place: totp.id, id: totp.id, userId: totp.userId, sealed: totp.secretSealed })
      .from(totp)
      .where(and(gt(totp.id, after), which))
      .orderBy(asc(totp.id))
      .limit(stepRows)
  }

  return {
    /** The next signing keys after a place, also expired ones. */
    async nextKeys(after = ''): Promise<SealedKey[]> {
      return await db
        .select({ place: keys.kid, kid: keys.kid, sealed: keys.privateSealed })
        .from(keys)
        .where(gt(keys.kid, after))
        .orderBy(asc(keys.kid))
        .limit(stepRows)
    },

    /** Replaces the sealed text of a key. False when it has changed since it was read. */
    replaceKey: ({ kid, sealed }: SealedKey, privateSealed: string) =>
      changes(tx =>
        tx
          .update(keys)
          .set({ privateSealed })
          .where(and(eq(keys.kid, kid), eq(keys.privateSealed, sealed)))
          .returning({ kid: keys.kid })
      ),

    /** The next confirmed authenticator apps after a place. */
    nextApps: (after?: string) => nextApps(isNotNull(totp.confirmedAt), after),

    /** The next authenticator apps after a place that wait for their first code. */
    nextPendingApps: (after?: string) => nextApps(isNull(totp.confirmedAt), after),

    /** Replaces the sealed text of an app. False when it has changed since it was read. */
    replaceApp: ({ id, sealed }: SealedApp, secretSealed: string) =>
      changes(tx =>
        tx
          .update(totp)
          .set({ secretSealed })
          .where(and(eq(totp.id, id), eq(totp.secretSealed, sealed)))
          .returning({ id: totp.id })
      ),

    /** The next webhooks after a place. */
    async nextWebhooks(after = ''): Promise<SealedWebhook[]> {
      const { id } = webhooks
      const row = { place: id, id, sealed: webhooks.secretSealed }
      return await db.select(row).from(webhooks).where(gt(id, after)).orderBy(asc(id)).limit(stepRows)
    },

    /** Replaces the sealed secret of a webhook. False when it has changed since it was read. */
    replaceWebhook: ({ id, sealed }: SealedWebhook, secretSealed: string) =>
      changes(tx =>
        tx
          .update(webhooks)
          .set({ secretSealed })
          .where(and(eq(webhooks.id, id), eq(webhooks.secretSealed, sealed)))
          .returning({ id: webhooks.id })
      ),

    /** The next accounts with recovery codes after a place. */
    async nextRecoveryKeys(after = ''): Promise<SealedRecoveryKey[]> {
      const { userId, keySealed } = recoveryCodes
      return await db
        .select({ place: userId, userId, sealed: sql<string>`max(${keySealed})` })
        .from(recoveryCodes)
        .where(gt(userId, after))
        .groupBy(userId)
        .orderBy(asc(userId))
        .limit(stepRows)
    },

    /** Replaces the sealed text of a recovery key. False when the codes have changed since it was read. */
    replaceRecoveryKey: ({ userId, sealed }: SealedRecoveryKey, keySealed: string) =>
      changes(tx =>
        tx
          .update(recoveryCodes)
          .set({ keySealed })
          .where(and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.keySealed, sealed)))
          .returning({ hash: recoveryCodes.hash })
      ),

    /**
     * Removes second factors that cannot be decrypted, and with an app ends the sessions of the account. False when its
     * second factors have changed since `user` was read.
     */
    async discardFactors(user: UserRow, { app, recoveryCodes: hasCodes, isLast, event, now }: DiscardedFactors) {
      const rows = await atomic((tx, then) => [
        tx
          .update(users)
          .set({ secondFactorAt: isLast ? null : now })
          .where(and(eq(users.id, user.id), hasSameFactors(schema, user)))
          .returning({ id: users.id }),
        ...(app ? [then.delete(totp, eq(totp.id, app.id)), ...endLogins(then, schema, { userId: user.id, now })] : []),
        ...(hasCodes ? [then.delete(recoveryCodes, eq(recoveryCodes.userId, user.id))] : []),
        auditInsert(then, schema, event)
      ])
      return rows.length > 0
    }
  }
}
