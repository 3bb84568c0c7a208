import { setTimeout } from 'node:timers/promises'
import fp from 'fastify-plugin'
import type { Config } from '../src/config/config.ts'
import { StoreError } from '../src/store/errors.ts'
import { openStore, type Store } from '../src/store/open.ts'

// `app.db`: the store, opened and migrated before the first request and closed after the last. A PostgreSQL that is not up
// yet is waited for.
declare module 'fastify' {
  interface FastifyInstance {
    db: Store
  }
}

const retryMs = 500

export default fp<{ config: Config }>(
  async (app, { config }) => {
    const store = await openStore(config.databaseUrl, (message, error) => app.log.warn({ err: error }, message))
    app.decorate('db', store)
    app.addHook('onClose', () => store.close())

    const giveUpAt = performance.now() + config.databaseWait * 1000
    for (;;) {
      try {
        return await store.migrate()
      } catch (error) {
        if (!mayComeYet(error) || performance.now() >= giveUpAt) throw error
        app.log.warn({ err: error }, `the database is not there yet: waiting up to ${config.databaseWait} s`)
        await setTimeout(retryMs)
      }
    }
  },
  { name: 'db' }
)

/** A server that is not up yet comes up; a wrong password or database name (28…, 3D…) stays wrong. */
const mayComeYet = (error: unknown) =>
  error instanceof StoreError && error.code === 'unavailable' && !/^(28|3D|SQLITE)/.test(error.driverCode)
