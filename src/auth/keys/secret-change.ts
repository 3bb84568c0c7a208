import { ConfigError } from '../../base/errors.ts'
import type { Secrets } from '../../base/sealing.ts'
import type { AuditEvent } from '../../store/audit/events.ts'
import type { KeyStore } from '../../store/keys.ts'
import type { SealedStore } from '../../store/sealed.ts'
import type { SecondFactorStore } from '../../store/second-factors.ts'
import type { UserStore } from '../../store/users.ts'
import type { AuditEvents, Origin } from '../audit-events.ts'
import type { SigningKeys } from './keys.ts'
import { createSealedKind, type SealedCount } from './sealed-kind.ts'
import { appSealing, recoveryKeySealing, signingKeySealing, webhookSealing } from './stored-secrets.ts'

/** The sealed rows of the database: how many belong to which secret. */
export type SealedCounts = Record<'signingKeys' | 'apps' | 'recoveryCodes' | 'webhooks', SealedCount>

/** An account that lost second factors because no secret decrypts them. */
export interface DiscardedAccount {
  username: string
  removed: ('app' | 'recovery_codes')[]
  hasFactor: boolean
}

const noSecondSecret = 'SECOND_SECRET is not set: it must be the old secret, and SECRET the new one'
const reason = 'encrypted with a lost secret'

/** Moves what the database keeps sealed from the second secret to the first, and removes what neither opens. */
export function createSecretChange(deps: {
  config: Secrets
  store: SealedStore
  keyStore: KeyStore
  factors: SecondFactorStore
  users: UserStore
  keys: SigningKeys
  auditEvents: AuditEvents
  record: (event: AuditEvent) => Promise<void>
  now: () => Date
}) {
  const { config, store, keyStore, factors, users, keys, auditEvents, record, now } = deps
  const sealings = { apps: appSealing(config), recoveryCodes: recoveryKeySealing(config) }
  const kinds = {
    signingKeys: createSealedKind(signingKeySealing(config), store.nextKeys, store.replaceKey),
    apps: createSealedKind(sealings.apps, store.nextApps, store.replaceApp),
    pendingApps: createSealedKind(sealings.apps, store.nextPendingApps, store.replaceApp),
    recoveryCodes: createSealedKind(sealings.recoveryCodes, store.nextRecoveryKeys, store.replaceRecoveryKey),
    webhooks: createSealedKind(webhookSealing(config), store.nextWebhooks, store.replaceWebhook)
  }

  /** Counts, without a change. Each account has at most one app and one set of recovery codes. */
  async function count(): Promise<SealedCounts> {
    const { signingKeys, apps, recoveryCodes, webhooks } = kinds
    return {
      signingKeys: await signingKeys.count(),
      apps: await apps.count(),
      recoveryCodes: await recoveryCodes.count(),
      webhooks: await webhooks.count()
    }
  }

  /**
   * Removes what cannot be decrypted from an account; `undefined` when there is nothing, or the account has changed.
   */
  async function discardOf(userId: string, by: Origin): Promise<DiscardedAccount | undefined> {
    // Read first: a change of the factors after that is noticed.
    const user = await users.byId(userId)
    const [{ totp, passkeys }, codes] = [await factors.ofUser(userId), await factors.recoveryCodes(userId)]
    const app = totp && !sealings.apps.open(totp.secretSealed, totp) ? totp : undefined
    const isLast = passkeys.length === 0 && (totp === undefined || app !== undefined)
    const [code] = codes
    const recoveryCodes = code !== undefined && (isLast || !sealings.recoveryCodes.open(code.keySealed, code))
    if (!user || !(app || recoveryCodes)) return undefined
    const detail = { type: app ? 'totp' : 'recovery_codes', reason }
    const event = auditEvents.event('factor.removed', { ...by, subject: userId, detail })
    const isDone = await store.discardFactors(user, { app, recoveryCodes, isLast, event, now: now() })
    const removed = [app && ('app' as const), recoveryCodes && ('recovery_codes' as const)].filter(one => !!one)
    return isDone ? { username: user.username, removed, hasFactor: !isLast } : undefined
  }

  return {
    count,

    /**
     * Encrypts with `secret` what `secondSecret` encrypted, a hundred rows at a time; a row that changes at the same
     * time stays as it is. Another run continues where one was stopped. Resolves to how many rows were changed, and to
     * the counts afterwards. Throws a ConfigError without a second secret.
     */
    async rotate(by: Origin): Promise<{ changed: Record<keyof SealedCounts, number>; left: SealedCounts }> {
      if (config.secondSecret === undefined) throw new ConfigError([noSecondSecret])
      const changed = { signingKeys: 0, apps: 0, recoveryCodes: 0, webhooks: 0 }
      try {
        for (const kind of ['signingKeys', 'apps', 'recoveryCodes', 'webhooks'] as const)
          for await (const rows of kinds[kind].reseal()) changed[kind] += rows
        for await (const rows of kinds.pendingApps.reseal()) changed.apps += rows
      } finally {
        const { signingKeys: signing_keys, apps, recoveryCodes: recovery_codes, webhooks } = changed
        const detail = { signing_keys, apps, recovery_codes, webhooks }
        await record(auditEvents.event('secret.rotated', { ...by, detail }))
      }
      return { changed, left: await count() }
    },

    /** Removes the apps and recovery codes that neither secret opens, and yields their accounts, some at a time. */
    async *discardFactors(by: Origin): AsyncGenerator<DiscardedAccount[]> {
      for (const kind of [kinds.apps, kinds.recoveryCodes])
        for await (const rows of kind.unreadable())
          yield (await Promise.all(rows.map(({ userId }) => discardOf(userId, by)))).filter(one => one !== undefined)
    },

    /**
     * Removes the signing keys that neither secret opens, and creates a key if none is left. Resolves to the ids of the
     * removed ones. If there are any, the expired keys go too, because a new key could have the generation of one.
     */
    async discardKeys(by: Origin): Promise<string[]> {
      const kids: string[] = []
      for await (const rows of kinds.signingKeys.unreadable()) kids.push(...rows.map(({ kid }) => kid))
      const events = kids.map(kid => auditEvents.event('key.retired', { ...by, subject: kid, detail: { reason } }))
      if (kids.length > 0) await keyStore.discard(kids, now(), events)
      await keys.start()
      return kids
    }
  }
}
