import { setTimeout } from 'node:timers/promises'
import { createAccountUndoStore } from './account-undo.ts'
import { databaseSetting, withAdvice } from './advice.ts'
import { withCommittedEvents } from './audit/committed-events.ts'
import { createAuditStore } from './audit/trail.ts'
import { createClientStore } from './clients.ts'
import { createEmailCodeStore } from './email-codes.ts'
import type { Engine, Notify } from './engine/dialect.ts'
import { StoreError, withStoreErrors } from './errors.ts'
import { createIdentityStore } from './identities.ts'
import { createKeyStore } from './keys.ts'
import { createMailStore } from './mail.ts'
import { hasPending, isNew, migrationsFolder } from './migrations.ts'
import { createNodeStore } from './nodes.ts'
import { createOneTimeTokenStore } from './one-time-tokens.ts'
import { createPersonalTokenStore } from './personal-tokens.ts'
import { createSealedStore } from './sealed.ts'
import { createSecondFactorStore } from './second-factors.ts'
import { createSessionStore } from './sessions.ts'
import { createSetupLinkStore } from './setup-links.ts'
import { createSpentStore } from './spent.ts'
import { createThrottleStore } from './throttle.ts'
import { createUserAdminStore } from './user-admin.ts'
import { createUserStore } from './users.ts'
import { createWaysInStore } from './ways-in.ts'
import { createWebhookStore } from './webhooks.ts'

export type Store = Awaited<ReturnType<typeof openStore>>

/**
 * Opens the database that `url` names: `sqlite:path`, `sqlite::memory:` or `postgres://…`. Loads only the driver in
 * use. `notify` receives idle connections that the server closed, and a disk that takes no writes. `migrationUrl` is
 * for the migrations of a database that is behind a connection pooler. An error says which setting to change.
 */
export async function openStore(url: string, notify: Notify, migrationUrl = url) {
  const opened = await openEngine(url, notify).catch(error => {
    throw withAdvice(error, databaseSetting(url))
  })
  const engine = withCommittedEvents(opened)
  const { now } = engine
  const { migrate, size, volume, ping, close } = withStoreErrors({
    async migrate({ mayCreate = true, onWait, onMigrate }: MigrateOptions = {}) {
      let setting = databaseSetting(url)
      try {
        if (!mayCreate && (await isNew(engine))) throw new StoreError('failed', noTables)
        if (!(await hasPending(engine))) return
        if (onMigrate && !(await isNew(engine))) onMigrate(await engine.size())
        if (migrationUrl !== url) setting = 'MIGRATION_DATABASE_URL'
        await engine.migrate(migrationsFolder(engine.dialect), migrationUrl, onWait)
      } catch (error) {
        throw withAdvice(error, setting)
      }
    },
    size: () => engine.size(),
    volume: () => engine.volume(),
    ping: () => engine.ping(),
    close: () => engine.close()
  })
  return {
    dialect: engine.dialect,
    users: withStoreErrors(createUserStore(engine)),
    userAdmin: withStoreErrors(createUserAdminStore(engine)),
    sessions: withStoreErrors(createSessionStore(engine)),
    clients: withStoreErrors(createClientStore(engine)),
    keys: withStoreErrors(createKeyStore(engine)),
    audit: withStoreErrors(createAuditStore(engine)),
    throttle: withStoreErrors(createThrottleStore(engine)),
    mail: withStoreErrors(createMailStore(engine)),
    nodes: withStoreErrors(createNodeStore(engine)),
    oneTimeTokens: withStoreErrors(createOneTimeTokenStore(engine)),
    emailCodes: withStoreErrors(createEmailCodeStore(engine)),
    personalTokens: withStoreErrors(createPersonalTokenStore(engine)),
    identities: withStoreErrors(createIdentityStore(engine)),
    waysIn: withStoreErrors(createWaysInStore(engine)),
    secondFactors: withStoreErrors(createSecondFactorStore(engine)),
    sealed: withStoreErrors(createSealedStore(engine)),
    accountUndo: withStoreErrors(createAccountUndoStore(engine)),
    spent: withStoreErrors(createSpentStore(engine)),
    setupLinks: withStoreErrors(createSetupLinkStore(engine)),
    webhooks: withStoreErrors(createWebhookStore(engine)),
    /**
     * Applies the pending shipped migrations. `onWait` receives sentences that say what they wait for, and `onMigrate`
     * the bytes of a database that has tables, before they are changed. Rejects when a newer version has migrated the
     * database, and when none has unless it `mayCreate` the tables.
     */
    migrate,
    /** Sets what receives the audit events of each change after its commit. */
    reportTo: engine.reportTo,
    /** The clock of a database server; absent on SQLite. */
    ...(now && withStoreErrors({ now })),
    /** The size of the database in bytes. */
    size,
    /** The size of the volume of a SQLite file and the rest of it in bytes; `undefined` without a file. */
    volume,
    ping,
    close
  }
}

const noTables =
  'DATABASE_URL names a database without tables of Sallyport. Check DATABASE_URL, or run `sallyport migrate` to create the tables.'

const retryMs = 500

/** Receives sentences that say what a start waits for. */
type OnWait = (message: string) => void

/** Options of a migration. */
export interface MigrateOptions {
  mayCreate?: boolean | undefined
  onWait?: OnWait
  onMigrate?: ((bytes: number) => void) | undefined
}

/**
 * Opens the database at `databaseUrl` and applies its pending migrations. Retries for `waitMs` while PostgreSQL is not
 * up yet, and tells `onWait` once; `onMigrate` is as for `migrate`. Rejects with a StoreError after closing everything
 * it opened, also when the database has no tables yet and `mayCreate` is false.
 */
export async function openMigratedStore(
  { databaseUrl, migrationDatabaseUrl }: { databaseUrl: string; migrationDatabaseUrl?: string },
  { waitMs, notify, onWait, ...options }: { waitMs: number; notify: Notify; onWait: OnWait } & MigrateOptions
): Promise<Store> {
  const store = await openStore(databaseUrl, notify, migrationDatabaseUrl)
  const giveUpAt = performance.now() + waitMs
  for (let isWaiting = false; ; isWaiting = true) {
    try {
      await store.migrate({ ...options, onWait })
      return store
    } catch (error) {
      if (!isRetryable(error) || performance.now() >= giveUpAt) {
        await store.close()
        throw error
      }
      if (!isWaiting) onWait(`${error.message}. Waiting up to ${waitMs / 1000} seconds.`)
      await setTimeout(retryMs)
    }
  }
}

/** Retrying does not help against a wrong password or database name (28…, 3D…). */
const isRetryable = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.code === 'unavailable' && !/^(28|3D|SQLITE)/.test(error.driverCode)

/** Opens the database at `url`, whose tables may be missing. Loads only the driver in use. */
export async function openEngine(url: string, notify: Notify): Promise<Engine> {
  if (url.startsWith('sqlite:')) {
    const { openSqlite } = await import('./engine/sqlite.ts')
    return openSqlite(url.slice('sqlite:'.length), notify)
  }
  const { openPostgres } = await import('./engine/postgres.ts')
  return openPostgres(url, notify)
}
