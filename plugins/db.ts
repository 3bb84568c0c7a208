import fp from 'fastify-plugin'
import { openStore, type Store } from '../src/store/open.ts'

// `app.db`: the store, opened and migrated before the first request and closed after the last.
declare module 'fastify' {
  interface FastifyInstance {
    db: Store
  }
}

export default fp<{ databaseUrl: string }>(
  async (app, { databaseUrl }) => {
    const store = await openStore(databaseUrl, error =>
      app.log.warn({ err: error }, 'an idle database connection was lost')
    )
    app.decorate('db', store)
    app.addHook('onClose', () => store.close())
    await store.migrate()
  },
  { name: 'db' }
)
