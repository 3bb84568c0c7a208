import { fileURLToPath } from 'node:url'
import { createAuditStore } from './audit/trail.ts'
import { createClientStore } from './clients.ts'
import type { Engine, Notify } from './engine/dialect.ts'
import { toStoreError, withStoreErrors } from './errors.ts'
import { createKeyStore } from './keys.ts'
import { createMailStore } from './mail.ts'
import { createOneTimeTokenStore } from './one-time-tokens.ts'
import { createSessionStore } from './sessions.ts'
import { createThrottleStore } from './throttle.ts'
import { createAdministrationStore } from './user-admin.ts'
import { createUserStore } from './users.ts'

export type Store = Awaited<ReturnType<typeof openStore>>

/**
 * Opens the database that `url` names: `sqlite:path`, `sqlite::memory:` or `postgres://…`. Only the driver in use is
 * loaded. `notify` hears of connections that a server cut while nobody used them.
 */
export async function openStore(url: string, notify: Notify) {
  const engine = await openEngine(url, notify).catch(error => {
    throw toStoreError(error)
  })
  const { migrate, ping, close } = withStoreErrors({
    migrate: () => engine.migrate(migrationsFolder(engine.dialect)),
    ping: () => engine.ping(),
    close: () => engine.close()
  })
  return {
    dialect: engine.dialect,
    users: withStoreErrors(createUserStore(engine)),
    administration: withStoreErrors(createAdministrationStore(engine)),
    sessions: withStoreErrors(createSessionStore(engine)),
    clients: withStoreErrors(createClientStore(engine)),
    keys: withStoreErrors(createKeyStore(engine)),
    audit: withStoreErrors(createAuditStore(engine)),
    throttle: withStoreErrors(createThrottleStore(engine)),
    mail: withStoreErrors(createMailStore(engine)),
    oneTimeTokens: withStoreErrors(createOneTimeTokenStore(engine)),
    /** Applies what is missing of the shipped migrations. */
    migrate,
    ping,
    close
  }
}

async function openEngine(url: string, notify: Notify): Promise<Engine> {
  if (url.startsWith('sqlite:')) {
    const { openSqlite } = await import('./engine/sqlite.ts')
    return openSqlite(url.slice('sqlite:'.length))
  }
  const { openPostgres } = await import('./engine/postgres.ts')
  return openPostgres(url, notify)
}

const migrationsFolder = (dialect: Engine['dialect']) =>
  fileURLToPath(new URL(`migrations/${dialect}`, import.meta.resolve('sallyport/package.json')))
