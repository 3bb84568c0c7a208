import type { Config } from '../config/config.ts'
import { openMigratedStore } from '../store/open.ts'
import { createPasswordHashing } from './password-hashing.ts'
import { createServices, type Reports } from './services.ts'

const ignore = () => {}
const unreported: Reports = {
  log: { error: ignore },
  metrics: {
    hashWaited: ignore,
    hashShed: ignore,
    breachChecked: ignore,
    throttled: ignore,
    issuerKeys: ignore,
    login: ignore
  }
}

/** The services that a command works with. */
export type OpenServices = Awaited<ReturnType<typeof openServices>>

/**
 * Opens and migrates the database of `config` and builds the services on it. Rejects when one of these steps fails, and
 * when the database has no tables yet unless it `mayCreate` them. Without `opensKeys`, no signing key is opened, so
 * that the secret may be wrong. `onWait` receives sentences that say what the migration waits for, and `onMigrate` the
 * bytes of a database before they are migrated.
 */
export async function openServices(
  config: Config,
  {
    mayCreate = true,
    opensKeys = true,
    onWait = ignore,
    onMigrate
  }: {
    mayCreate?: boolean
    opensKeys?: boolean
    onWait?: (message: string) => void
    onMigrate?: (bytes: number) => void
  } = {}
) {
  const db = await openMigratedStore(config, { waitMs: 0, notify: ignore, onWait, onMigrate, mayCreate })
  try {
    const { passwords } = createPasswordHashing(config, unreported.metrics, ignore)
    const services = createServices({ config, db, passwords, ...unreported })
    if (opensKeys) await services.keys.start()
    return { ...services, db, passwords, close: db.close }
  } catch (error) {
    await db.close()
    throw error
  }
}
