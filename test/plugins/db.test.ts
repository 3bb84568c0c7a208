import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import db from '../../plugins/db.ts'
import outage from '../../plugins/outage.ts'
import { testConfig } from '../support/app.ts'
import { databaseUrl, emptyDatabaseUrl, engines } from '../support/engines.ts'
import { failLogs } from '../support/failing-log.ts'
import { pgTest } from '../support/pg-test.ts'
import { bareFastify } from '../support/plugins.ts'
import { releasedDatabase } from '../support/released.ts'
import { event } from '../support/store.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'

for (const engine of engines) {
  t.test(`The store is open and migrated before the first request and closed after the last, on ${engine}`, async t => {
    const { app } = bareFastify(t)
    await app.register(outage)
    await app.register(db, { config: testConfig({ databaseUrl: await emptyDatabaseUrl(t, engine) }) })
    await app.ready()
    const { db: store } = app
    t.equal(store.dialect, engine)
    t.strictSame(await store.users.page('', 1), { rows: [] })
    await app.close()
    await t.rejects(store.users.page('', 1), { name: 'StoreError' })
  })
}

t.test('The log says that a start migrates a database, unless it is new', async t => {
  for (const [prepare, lines] of [
    [emptyDatabaseUrl, []],
    [async () => (await releasedDatabase(t, '0.2.0', 'sqlite')).url, [{ msg: 'migrating the database', bytes: Number }]]
  ] as const) {
    const { app, log } = bareFastify(t)
    await app.register(outage)
    await app.register(db, { config: testConfig({ databaseUrl: await prepare(t, 'sqlite') }) })
    t.match(
      log.map(line => JSON.parse(line)),
      lines
    )
    t.equal(log.length, lines.length)
  }
})

t.test('A disk that takes no writes is a warning of the log, and its end a line', async t => {
  const { app, log } = bareFastify(t)
  const databaseUrl = await emptyDatabaseUrl(t, 'sqlite')
  await app.register(outage)
  await app.register(db, { config: testConfig({ databaseUrl }) })
  const heal = failLogs(t)
  const record = () => app.db.audit.record(event('x'))
  await t.rejects(record(), { code: 'unavailable' })
  heal()
  await record()
  t.match(
    log.map(line => JSON.parse(line)),
    [
      { level: 40, msg: 'Writes are refused until the disk takes them', err: { message: /EIO/ } },
      { level: 30, msg: 'The disk takes writes again' }
    ]
  )
})

t.test('An unreachable database stops the start with a StoreError', async t => {
  const { app } = bareFastify(t)
  await app.register(outage)
  const config = testConfig({ databaseUrl: 'postgres://unknown@127.0.0.1:1/nothing' })
  await t.rejects(async () => void (await app.register(db, { config, waitMs: 0 })), {
    name: 'StoreError',
    code: 'unavailable'
  })
})

pgTest('The start waits for PostgreSQL and logs one line about it, without a stack', async t => {
  const { app, log } = bareFastify(t)
  await app.register(outage)
  const { url, open } = await createTcpProxy(t, await emptyDatabaseUrl(t, 'postgres'))
  const warned = new Promise<void>(resolve => {
    const { warn } = app.log
    app.log.warn = ((...args: Parameters<typeof warn>) => {
      warn.apply(app.log, args)
      resolve()
    }) as typeof warn
  })
  const config = testConfig({ databaseUrl: url })
  const registered = Promise.resolve(app.register(db, { config }))
  await warned
  await open()
  await registered
  await app.db.ping()
  const waiting = log.map(line => JSON.parse(line)).filter(({ level }) => level === 40)
  t.match(waiting, [
    {
      msg: /^Cannot connect to PostgreSQL at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Check .* Waiting up to 30 seconds\.$/
    }
  ])
  t.strictSame([waiting.length, waiting[0].err], [1, undefined])
  await app.close()
})

pgTest('The start does not wait after a wrong user or database name (SQLSTATE 28, 3D)', async t => {
  const server = String(process.env.TEST_POSTGRES_URL)
  const noDatabase = new URL(server)
  noDatabase.pathname = '/no_such_database'
  const noUser = new URL(server)
  noUser.username = 'unknown'
  for (const { href } of [noDatabase, noUser]) {
    const { app, log } = bareFastify(t)
    await app.register(outage)
    const config = testConfig({ databaseUrl: href })
    await t.rejects(async () => void (await app.register(db, { config })), { name: 'StoreError', code: 'unavailable' })
    t.notMatch(log.join(''), 'Waiting up to')
  }
})

pgTest('An idle connection that the server closes is logged, and the next query works', async t => {
  const { app, log } = bareFastify(t)
  await app.register(outage)
  const url = await emptyDatabaseUrl(t, 'postgres')
  await app.register(db, { config: testConfig({ databaseUrl: url }) })
  await app.ready()
  await app.db.ping()
  const heard = new Promise<void>(resolve => {
    const { error } = app.log
    app.log.error = ((...args: Parameters<typeof error>) => {
      error.apply(app.log, args)
      resolve()
    }) as typeof error
  })
  const admin = new pg.Client({ connectionString: String(process.env.TEST_POSTGRES_URL) })
  await admin.connect()
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    new URL(url).pathname.slice(1)
  ])
  await admin.end()
  await heard
  t.match(log.join(''), /terminating connection due to administrator command \(57P01\)\. Requests that need/)
  await app.db.ping()
})

pgTest('Any other error of an idle connection is a warning, and the next query works', async t => {
  const { app, log } = bareFastify(t)
  await app.register(outage)
  const { url, clients, open } = await createTcpProxy(t, await databaseUrl(t, 'postgres'))
  await open()
  await app.register(db, { config: testConfig({ databaseUrl: url }) })
  await app.ready()
  await app.db.ping()
  // An empty message of a kind that PostgreSQL's protocol does not have.
  for (const client of clients) client.write(Buffer.from('?\0\0\0\x04'))
  while (!log.join('').includes('An idle database connection was lost')) await sleep(10)
  await app.db.ping()
  t.match(
    log.map(line => JSON.parse(line)).find(({ level }) => level === 40),
    { msg: 'An idle database connection was lost', err: { message: String } }
  )
})
