import fp from 'fastify-plugin'
import type { Config } from '../src/config/config.ts'
import { openMigratedStore, type Store } from '../src/store/open.ts'

// `app.db`: the store, opened and migrated before the first request and closed after the last.
declare module 'fastify' {
  interface FastifyInstance {
    db: Store
  }
}

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const store = await openMigratedStore(config, {
      waitMs: config.databaseWait * 1000,
      notify: (message, error) => app.log.warn({ err: error }, message),
      onWait: error =>
        app.log.warn({ err: error }, `the database is not available yet: waiting up to ${config.databaseWait} s`)
    })
    app.decorate('db', store)
    app.addHook('onClose', () => store.close())
  },
  { name: 'db' }
)
