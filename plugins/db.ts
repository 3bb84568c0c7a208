import fp from 'fastify-plugin'
import type { Config } from '../src/config/config.ts'
import { toStoreError } from '../src/store/errors.ts'
import { openMigratedStore, type Store } from '../src/store/open.ts'

// `app.db`: the store, opened and migrated before the first request and closed after the last.
declare module 'fastify' {
  interface FastifyInstance {
    db: Store
  }
}

/** How long a start waits for PostgreSQL, in milliseconds: a database that starts with the server is up by then. */
const usualWaitMs = 30_000

export default fp<{ config: Config; waitMs?: number }>(
  async (app, { config, waitMs = usualWaitMs }) => {
    const store = await openMigratedStore(config, {
      waitMs,
      notify(message, error) {
        if (!error) app.log.info(message)
        // SQLite reports when a state of its file begins, not each failure.
        else if (config.databaseUrl.startsWith('sqlite:') || !app.isOutage(toStoreError(error)))
          app.log.warn({ err: error }, message)
      },
      onWait: message => app.log.warn(message),
      onMigrate: bytes => app.log.info({ bytes }, 'migrating the database')
    })
    app.decorate('db', store)
    app.addHook('onClose', () => store.close())
  },
  { name: 'db', dependencies: ['outage'] }
)
