import { once } from 'node:events'
import { readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type Database from 'better-sqlite3'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import type { Engine } from '../../../src/store/engine/dialect.ts'
import { openSqlite } from '../../../src/store/engine/sqlite.ts'
import { openDatabase, sqliteDriver } from '../../../src/store/engine/sqlite-driver.ts'
import { openStore } from '../../../src/store/open.ts'
import type { UserRow } from '../../../src/store/users.ts'
import { movableTime } from '../../support/clocks.ts'
import { databaseUrl, emptyDatabaseUrl } from '../../support/engines.ts'
import { failLogs } from '../../support/failing-log.ts'
import { at, createStore, event, impossible, newMail, newUser, openEngine } from '../../support/store.ts'

const migrations = join(import.meta.dirname, '../../../migrations/sqlite')

/** Another process that holds the write lock of the same file until it lets go. */
function lock(t: Test, url: string) {
  const other = openDatabase(url.slice('sqlite:'.length))
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  return () => other.exec('ROLLBACK')
}

t.test('A write waits for another process without blocking the event loop', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const unlock = lock(t, url)
  let isDone = false
  const written = store.users.insert(newUser('alice'), event('user.created')).then(row => {
    isDone = true
    return row
  })
  for (let i = 0; i < 5; i++) {
    await setTimeout(10)
    t.equal(await store.users.byUsername('alice'), undefined, 'reads are answered meanwhile')
    t.equal(isDone, false)
  }
  unlock()
  t.match(await written, { username: 'alice' })
  t.match(await store.users.byUsername('alice'), { username: 'alice' })
})

t.test('The locks of a database stay while a second connection of the process opens and closes', async t => {
  const { url } = await createStore(t, 'sqlite')
  const path = url.slice('sqlite:'.length)
  const isLocked = () => readFileSync('/proc/locks', 'utf8').includes(`:${statSync(path).ino} `)
  t.ok(isLocked())
  const second = openSqlite(path)
  t.ok(isLocked(), 'a second one is open')
  await second.close()
  t.ok(isLocked(), 'it is closed')
})

t.test('A database that a link names is created, and only its owner can read it', async t => {
  const folder = t.testdir({ data: {} })
  const [link, target] = [join(folder, 'link.db'), join(folder, 'data/real.db')]
  symlinkSync('data/real.db', link)
  const mask = process.umask(0)
  const engine = openSqlite(link)
  process.umask(mask)
  t.teardown(() => engine.close())
  t.equal(statSync(target).mode & 0o777, 0o600)
  symlinkSync('loop.db', join(folder, 'loop.db'))
  t.throws(() => openSqlite(join(folder, 'loop.db')), { code: 'ELOOP' })
  t.throws(() => openSqlite(join(folder, 'x'.repeat(300))), { code: 'ENAMETOOLONG' })
})

t.test('A database with a relative path is synced after the working directory has changed', async t => {
  const folder = t.testdir({ elsewhere: {} })
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(folder)
  const store = await openStore('sqlite:test.db', () => {})
  t.teardown(() => store.close())
  await store.migrate()
  process.chdir('elsewhere')
  t.match(await store.users.insert(newUser('alice'), event('user.created')), { username: 'alice' })
})

t.test('A disk that takes no syncs is reported, and the database is not ready until it takes them', async t => {
  const said: string[] = []
  const { url } = await createStore(t, 'sqlite')
  const path = url.slice('sqlite:'.length)
  const engine = openSqlite(path, message => void said.push(message))
  t.teardown(() => engine.close())
  const silent = openEngine(t, url)
  const heal = failLogs(t)
  for (const each of [engine, silent]) await t.rejects(write(each, 'alice'), { code: 'SQLITE_IOERR' })
  await t.rejects(engine.ping(), { code: 'SQLITE_IOERR' })
  heal()
  await engine.ping()
  t.strictSame(said, ['Writes are refused until the disk takes them', 'The disk takes writes again'])
  t.equal((await write(engine, 'alice')).length, 1, 'the refused write had no effect')
})

t.test('A start waits for another process that creates the same file', async t => {
  const url = await emptyDatabaseUrl(t, 'sqlite')
  const holdsLock = `
    const { createRequire } = require('node:module')
    const { parentPort, workerData } = require('node:worker_threads')
    const other = new (createRequire(workerData.from)(workerData.driver))(workerData.file)
    other.exec('BEGIN IMMEDIATE')
    parentPort.postMessage('locked')
    setTimeout(() => other.exec('CREATE TABLE made (n)').exec('COMMIT'), 200)
  `
  const { name } = sqliteDriver()
  const workerData = { from: import.meta.filename, driver: name, file: url.slice('sqlite:'.length) }
  const worker = new Worker(holdsLock, { eval: true, workerData })
  await once(worker, 'message')
  const engine = openEngine(t, url)
  t.match(await engine.db.select({ name: sql`name` }).from(sql`sqlite_master`), [{ name: 'made' }])
})

t.test('A start fails after five seconds if another process keeps the same new file locked', async t => {
  const path = (await emptyDatabaseUrl(t, 'sqlite')).slice('sqlite:'.length)
  const other = openDatabase(path)
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  let seconds = 0
  const reads = t.intercept(performance, 'now', { value: () => 1000 * seconds++ })
  t.throws(() => openSqlite(path), { code: 'SQLITE_BUSY' })
  reads.restore()
  t.equal(seconds - 1, 6)
})

t.test('One-time tokens and deletions by age wait like every other write', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const alice = newUser('alice')
  const message = newMail({ userId: alice.id })
  await store.users.insert(alice, event('user.created'), [message])
  const token = {
    hash: 'a hash',
    purpose: 'reset_password',
    userId: alice.id,
    state: 'a state',
    address: null,
    expiresAt: at(60)
  } as const
  const unlock = lock(t, url)
  const writes = Promise.all([
    store.oneTimeTokens.insert(token, message.id),
    store.oneTimeTokens.prune(at(0)),
    store.sessions.prune(at(0)),
    store.throttle.prune(0, at(0))
  ])
  await setTimeout(20)
  unlock()
  await writes
  t.match(await store.oneTimeTokens.withUser('a hash', ['reset_password'], at(0)), { user: { id: alice.id } })
})

t.test('A write that has waited five seconds for another process is unavailable', async t => {
  const forward = movableTime(t)
  const { store, url } = await createStore(t, 'sqlite')
  const unlock = lock(t, url)
  const written = store.users.insert(newUser('alice'), event('user.created'))
  const lost = t.rejects(written, {
    name: 'StoreError',
    code: 'unavailable',
    driverCode: 'SQLITE_BUSY',
    message: 'Database error: database is locked (SQLITE_BUSY)'
  })
  await setTimeout(10)
  forward(5000)
  await lost
  unlock()
  t.ok(await store.users.insert(newUser('alice'), event('user.created')))
})

t.test('No write waits after an error that is not a lock', async t => {
  const { store } = await createStore(t, 'sqlite')
  await t.rejects(store.users.insert(newUser('alice'), impossible), { name: 'StoreError', code: 'failed' })
})

t.test('Deleted data is no longer in the file', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const alice = (await store.users.insert(newUser('alice', { fullName: 'Alice Liddell' }), event('x'))) as UserRow
  const bytes = () => readFileSync(url.slice('sqlite:'.length), 'latin1')
  await store.userAdmin.remove(alice, 'users:write', event('y'))
  await store.close()
  t.notMatch(bytes(), /Alice Liddell|alice@example\.com/)
})

t.test('Closing waits for pending writes', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const written = store.users.insert(newUser('alice'), event('user.created'))
  await store.close()
  t.match(await written, { username: 'alice' })
  const other = openDatabase(url.slice('sqlite:'.length))
  t.teardown(() => other.close())
  t.strictSame(other.prepare('SELECT username FROM users').pluck().all(), ['alice'])
})

/** Adds a user, bypassing the store. */
const write = ({ atomic, schema: { users } }: Engine, username: string, fullName = '') =>
  atomic(tx => [tx.insert(users).values(newUser(username, { fullName })).returning({ id: users.id })])

t.test('More statements than are kept give the right rows', async t => {
  const engine = openEngine(t, await databaseUrl(t, 'sqlite'))
  await engine.migrate(migrations)
  await write(engine, 'alice')
  const { username } = engine.schema.users
  const numbers = [...Array(600).keys()]
  const found = async (n: number) => {
    // The number is part of the statement, which makes 600 of them.
    const where = and(eq(username, 'alice'), sql`${sql.raw(`${n}`)} = ${n}`)
    return (await engine.db.select().from(engine.schema.users).where(where)).length
  }
  const counts = []
  for (const n of [...numbers, ...numbers]) counts.push(await found(n))
  t.strictSame(new Set(counts), new Set([1]))
})

t.test('A statement that was asked for arrays gives objects to whoever asks for them next', async t => {
  const { db } = openEngine(t, await databaseUrl(t, 'sqlite'))
  const { all, values } = db as unknown as Record<'all' | 'values', (query: SQL) => Promise<unknown>>
  const one = sql.raw('SELECT 1 AS one')
  t.strictSame(await values.call(db, one), [[1]])
  t.strictSame(await all.call(db, one), [{ one: 1 }])
})

t.test('The version changes after every commit of this connection and of any other, and only then', async t => {
  const url = await databaseUrl(t, 'sqlite')
  const [one, other] = [openEngine(t, url), openEngine(t, url)]
  await one.migrate(migrations)
  const version = () => Number(one.version?.())
  let before = version()
  t.equal(version(), before)
  await write(one, 'alice')
  t.not(version(), before, 'its own')
  before = version()
  await write(other, 'bob')
  t.not(version(), before, "another's")
  before = version()
  await one.db.select().from(one.schema.users)
  await one.ping()
  t.equal(version(), before, 'reads change nothing')
})

t.test('A write that does not fit on a full disk affects no other write, and works later', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const engine = openEngine(t, url)
  const { $client: client } = engine.db as unknown as { $client: Database.Database }
  const large = 'x'.repeat(100_000)
  // SQLite reports a file that may not grow like a full disk.
  client.pragma('max_page_count = 1')
  const results = await Promise.allSettled([
    write(engine, 'alice', large),
    write(engine, 'bob'),
    write(engine, 'carol', large)
  ])
  t.match(results, [
    { status: 'rejected', reason: { code: 'SQLITE_FULL' } },
    { status: 'fulfilled', value: [{}] },
    { status: 'rejected', reason: { code: 'SQLITE_FULL' } }
  ])
  await t.rejects(write(engine, 'alice', large), { code: 'SQLITE_FULL' })
  t.match(await store.users.byUsername('bob'), { username: 'bob' }, 'reads are answered')
  client.pragma('max_page_count = 1000000')
  t.equal((await write(engine, 'alice', large)).length, 1)
})
