import pg from 'pg'
import t from 'tap'
import db from '../../plugins/db.ts'
import { databaseUrl, engines } from '../support/engines.ts'
import { bareFastify } from '../support/plugins.ts'

for (const engine of engines) {
  t.test(`the store is open and migrated before the first request and closed after the last, on ${engine}`, async t => {
    const { app } = bareFastify(t)
    await app.register(db, { databaseUrl: await databaseUrl(t, engine) })
    await app.ready()
    const { db: store } = app
    t.equal(store.dialect, engine)
    t.strictSame(await store.users.page('', 1), [])
    await app.close()
    await t.rejects(store.users.page('', 1), { name: 'StoreError' })
  })
}

t.test('a database that is not there stops the start with a StoreError', async t => {
  const { app } = bareFastify(t)
  await t.rejects(async () => void (await app.register(db, { databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing' })), {
    name: 'StoreError',
    code: 'unavailable'
  })
})

t.test('a connection that the server cut while it was idle is logged, and nothing else happens', async t => {
  const { app, log } = bareFastify(t)
  const url = await databaseUrl(t, 'postgres')
  await app.register(db, { databaseUrl: url })
  await app.ready()
  await app.db.ping()
  const heard = new Promise<void>(resolve => {
    const { warn } = app.log
    app.log.warn = ((...args: Parameters<typeof warn>) => {
      warn.apply(app.log, args)
      resolve()
    }) as typeof warn
  })
  const admin = new pg.Client({ connectionString: String(process.env.TEST_POSTGRES_URL) })
  await admin.connect()
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    new URL(url).pathname.slice(1)
  ])
  await admin.end()
  await heard
  t.match(log.join(''), 'an idle database connection was lost')
  await app.db.ping()
})
