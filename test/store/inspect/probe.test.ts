import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { test } from 'tap'
import { probeStore } from '../../../src/store/inspect/probe.ts'
import { journalTable } from '../../../src/store/migrations.ts'
import { openStore } from '../../../src/store/open.ts'
import { emptyDatabaseUrl } from '../../support/engines.ts'
import { engineTest, pgTest } from '../../support/pg-test.ts'
import { noTime, sealKey } from '../../support/sealed-trail.ts'
import { at, createStore, event, execute, newKey, newUser, openEngine } from '../../support/store.ts'

/** The names of the migrations, each with one SQL file. */
const shipped = readdirSync('migrations/sqlite')
  .filter(name => name.endsWith('.sql'))
  .map(name => name.replace('.sql', ''))
  .sort()

const snapshot = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'base64')]))

engineTest('A database of this version has no pending migration, and a newest event', async (t, engine) => {
  const { url, store } = await createStore(t, engine)
  // `npm test` starts PostgreSQL with fsync off and full_page_writes on.
  const own = engine === 'sqlite' ? { sqlite: { journalMode: 'wal' } } : { unsafe: ['fsync'], clockAheadMs: Number }
  t.match(await probeStore(url), { ...own, pingMs: Number, pending: [], unusable: undefined })
  t.notOk('newestAudit' in ((await probeStore(url)) ?? {}))
  await store.audit.record(event('first'))
  await store.audit.record(event('second', { at: at(60) }))
  t.same((await probeStore(url))?.newestAudit, at(60))
  await execute(url, `UPDATE audit SET at = ${noTime(engine)} WHERE seq = 1`)
  t.ok(Number.isNaN(Number((await probeStore(url))?.newestAudit)), 'a time that cannot be read')
})

engineTest('The first audit event that has no seal is reported with its time', async (t, engine) => {
  const { url, store } = await createStore(t, engine)
  t.notOk('unsealedSince' in ((await probeStore(url)) ?? {}), 'none in an empty trail')
  for (const n of [1, 2]) await store.audit.record(event('new', { at: at(n) }))
  t.same((await probeStore(url))?.unsealedSince, at(1))
  await store.audit.seal(sealKey, at(3))
  t.notOk('unsealedSince' in ((await probeStore(url)) ?? {}), 'none when all are sealed')
  await store.audit.record(event('newer', { at: at(4) }))
  t.same((await probeStore(url))?.unsealedSince, at(4))
  await execute(url, `UPDATE audit SET at = ${noTime(engine)} WHERE seq = 3`)
  t.ok(Number.isNaN(Number((await probeStore(url))?.unsealedSince)), 'a time that cannot be read')
})

engineTest('Live keys, confirmed apps and recovery codes are read, as they are encrypted', async (t, engine) => {
  const { url, store } = await createStore(t, engine)
  const user = newUser()
  await store.users.insert(user, event('user.created'))
  for (const n of [1, 2, 3]) await store.keys.add(newKey(n, { privateSealed: `sealed ${n}` }), at(100 * n), event('x'))
  const { id: userId } = user
  const { db, schema } = openEngine(t, url)
  const app = { userId, secretSealed: 'sealed', createdAt: at(0) }
  await db.insert(schema.totp).values([
    { ...app, id: 'pending' },
    { ...app, id: 'app', confirmedAt: at(1) }
  ])
  await db.insert(schema.recoveryCodes).values(['a', 'b'].map(hash => ({ hash, userId, keySealed: 'key' })))
  const sealed = async () => (await probeStore(url, () => at(200).getTime()))?.sealed
  const found = {
    limit: 10_000,
    keys: [
      { kid: 'key-2', sealed: 'sealed 2' },
      { kid: 'key-3', sealed: 'sealed 3' }
    ],
    apps: [{ id: 'app', userId, sealed: 'sealed' }],
    recoveryCodes: [{ userId, sealed: 'key' }],
    webhooks: []
  }
  t.strictSame(JSON.parse(JSON.stringify(await sealed())), found)
  await execute(
    url,
    `DELETE FROM ${journalTable(engine)} WHERE created_at = (SELECT max(created_at) FROM ${journalTable(engine)})`
  )
  t.equal(await sealed(), undefined, 'not with another schema')
})

engineTest('Every migration of an empty database is pending, and is not applied', async (t, engine) => {
  const url = await emptyDatabaseUrl(t, engine)
  await execute(url, 'CREATE TABLE other (id text)')
  for (const _ of [1, 2]) {
    const probe = await probeStore(url)
    t.same([probe?.unusable, probe?.pending], [undefined, shipped])
  }
})

engineTest('A missing migration is pending, and an unknown one means another version', async (t, engine) => {
  const { url } = await createStore(t, engine)
  await execute(
    url,
    `DELETE FROM ${journalTable(engine)} WHERE created_at = (SELECT max(created_at) FROM ${journalTable(engine)})`
  )
  t.match(await probeStore(url), { unusable: undefined, pending: [shipped.at(-1)] })
  await execute(url, `INSERT INTO ${journalTable(engine)} (hash, created_at) VALUES ('x', 9000000000000)`)
  t.match(await probeStore(url), { unusable: /^A newer version/, pending: [] })
  await execute(url, `UPDATE ${journalTable(engine)} SET created_at = 1`)
  t.match(await probeStore(url), { unusable: /^This database is from a version before/, pending: shipped })
  await execute(url, `DELETE FROM ${journalTable(engine)}`)
  t.match(await probeStore(url), { unusable: undefined, pending: shipped })
})

test('SQLite: a missing file is not created', async t => {
  const folder = t.testdir({})
  t.equal(await probeStore(`sqlite:${join(folder, 'data', 'a.db')}`), undefined)
  t.same(readdirSync(folder), [])
})

test('SQLite: opens the same file as the server, however many slashes its path begins with', async t => {
  const url = await emptyDatabaseUrl(t, 'sqlite')
  const path = url.slice('sqlite:'.length)
  const store = await openStore(`sqlite://${path}`, () => {})
  await store.migrate()
  await store.close()
  t.match(await probeStore(`sqlite://${path}`), { pending: [] })
  t.match(await probeStore(url), { pending: [] })
})

test('SQLite: changes no byte and leaves no file, while the server runs, after it stopped and after a crash', async t => {
  const url = await emptyDatabaseUrl(t, 'sqlite')
  const folder = dirname(url.slice('sqlite:'.length))
  const store = await openStore(url, () => {})
  await store.migrate()
  const database = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith('-shm')))

  const running = snapshot(folder)
  t.ok('test.db-wal' in running)
  t.ok(await probeStore(url))
  t.same(database(snapshot(folder)), database(running))
  t.same(Object.keys(snapshot(folder)), Object.keys(running))

  await store.close()
  const stopped = snapshot(folder)
  t.notOk('test.db-wal' in stopped)
  t.ok(await probeStore(url))
  t.same(snapshot(folder), stopped)

  const crashed = t.testdir({})
  for (const [name, bytes] of Object.entries(running)) writeFileSync(join(crashed, name), bytes, 'base64')
  t.match(await probeStore(`sqlite:${join(crashed, 'test.db')}`), { pending: [] })
  t.same(database(snapshot(crashed)), database(running))
})

test('SQLite: another journal mode is reported, and not changed', async t => {
  const url = await emptyDatabaseUrl(t, 'sqlite')
  await execute(url, 'CREATE TABLE other (id text)')
  for (const _ of [1, 2]) t.match(await probeStore(url), { sqlite: { journalMode: 'delete' } })
})

pgTest('Postgres: reports how far its clock is ahead', async t => {
  const url = await emptyDatabaseUrl(t, 'postgres')
  const ahead = (await probeStore(url, () => Date.now() - 3_600_000))?.clockAheadMs ?? 0
  t.ok(ahead > 3_500_000 && ahead < 3_700_000)
})

test('An invalid or unreachable database is a StoreError without the password', async t => {
  const folder = t.testdir({ 'not.db': 'this is not a database, and long enough for SQLite to see it'.repeat(20) })
  await t.rejects(probeStore(`sqlite:${join(folder, 'not.db')}`), { name: 'StoreError', message: /not a database/ })
  const refused = { name: 'StoreError', code: 'unavailable', message: /^(?!.*hunter2).*ECONNREFUSED/ }
  await t.rejects(probeStore('postgres://sallyport:hunter2@127.0.0.1:1/none'), refused)
})

test('PostgreSQL: a lost connection is a StoreError, and does not end the process', async t => {
  const server = createServer(socket => {
    socket.once('data', () => {
      // AuthenticationOk and ReadyForQuery of the protocol; the next message closes the connection.
      socket.write(Buffer.from('520000000800000000' + '5a0000000549', 'hex'))
      socket.once('data', () => socket.destroy())
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const { port } = server.address() as { port: number }
  await t.rejects(probeStore(`postgres://a@127.0.0.1:${port}/none`), { name: 'StoreError', code: 'unavailable' })
})
