import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createAuditStore } from '../../../src/store/audit/trail.ts'
import type { Engine } from '../../../src/store/engine/dialect.ts'
import { openSqlite } from '../../../src/store/engine/sqlite.ts'
import { openDatabase } from '../../../src/store/engine/sqlite-driver.ts'
import { toStoreError } from '../../../src/store/errors.ts'
import { createSessionStore } from '../../../src/store/sessions.ts'
import { createThrottleStore } from '../../../src/store/throttle.ts'
import type { UserRow } from '../../../src/store/users.ts'
import { databaseUrl } from '../../support/engines.ts'
import { at, createStore, event, impossible, newSession, newUser, openEngine } from '../../support/store.ts'

const migrations = join(import.meta.dirname, '../../../migrations/sqlite')

/** Another process on the same file that holds the lock for writers, until it lets go. */
function lock(t: Test, url: string) {
  const other = openDatabase(url.slice('sqlite:'.length))
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  return () => other.exec('ROLLBACK')
}

/** The clock that waits are measured with, moved on by what the function is given. */
function movableTime(t: Test) {
  let ahead = 0
  const { now } = performance
  t.intercept(performance, 'now', { value: () => now.call(performance) + ahead })
  return (ms: number) => {
    ahead += ms
  }
}

t.test('a write waits for another process without stopping the event loop', async t => {
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

t.test('one-time tokens and what is deleted for its age wait like every other write', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const alice = newUser('alice')
  await store.users.insert(alice, event('user.created'))
  const token = {
    hash: 'a hash',
    purpose: 'reset_password',
    userId: alice.id,
    state: 'a state',
    expiresAt: at(60)
  } as const
  const unlock = lock(t, url)
  const writes = Promise.all([
    store.oneTimeTokens.insert(token),
    store.oneTimeTokens.prune(at(0)),
    store.sessions.prune(at(0)),
    store.throttle.prune(0, at(0))
  ])
  await setTimeout(20)
  unlock()
  await writes
  t.match(await store.oneTimeTokens.withUser('a hash', 'reset_password', at(0)), { user: { id: alice.id } })
})

t.test('a write that has waited five seconds for another process is unavailable', async t => {
  const forward = movableTime(t)
  const { store, url } = await createStore(t, 'sqlite')
  const unlock = lock(t, url)
  const written = store.users.insert(newUser('alice'), event('user.created'))
  const lost = t.rejects(written, {
    name: 'StoreError',
    code: 'unavailable',
    driverCode: 'SQLITE_BUSY',
    message: 'The database answered: database is locked (SQLITE_BUSY)'
  })
  await setTimeout(10)
  forward(5000)
  await lost
  unlock()
  t.ok(await store.users.insert(newUser('alice'), event('user.created')))
})

t.test('a fault that is not a lock is not waited for', async t => {
  const { store } = await createStore(t, 'sqlite')
  await t.rejects(store.users.insert(newUser('alice'), impossible), { name: 'StoreError', code: 'failed' })
})

t.test('of writes that share a commit, one that fails takes no other with it', async t => {
  const { store, trail } = await createStore(t, 'sqlite')
  const results = await Promise.allSettled([
    store.users.insert(newUser('alice'), event('user.created')),
    store.users.insert(newUser('bob'), impossible),
    store.users.insert(newUser('carol'), event('user.created'))
  ])
  t.strictSame(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled']
  )
  t.match(results[1], { reason: { name: 'StoreError', code: 'failed' } })
  t.strictSame(
    (await store.users.page('', 10)).map(({ username }) => username),
    ['alice', 'carol'],
    'nothing of the failed one is kept'
  )
  t.equal((await trail()).length, 2)
})

t.test('what was deleted is not in the file any more', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const alice = (await store.users.insert(newUser('alice', { fullName: 'Alice Liddell' }), event('x'))) as UserRow
  const bytes = () => readFileSync(url.slice('sqlite:'.length), 'latin1')
  await store.userAdmin.remove(alice, 'users:write', event('y'))
  await store.close()
  t.notMatch(bytes(), /Alice Liddell|alice@example\.com/)
})

t.test('closing waits for what is being written', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const written = store.users.insert(newUser('alice'), event('user.created'))
  await store.close()
  t.match(await written, { username: 'alice' })
  const other = openDatabase(url.slice('sqlite:'.length))
  t.teardown(() => other.close())
  t.strictSame(other.prepare('SELECT username FROM users').pluck().all(), ['alice'])
})

t.test('the version is another one after a commit of this connection and of any other, and only then', async t => {
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

/** An engine whose file may not grow, which SQLite answers as it answers a full disk. */
async function onFullDisk(t: Test, { hasReserve = true, heals = true } = {}) {
  const forward = movableTime(t)
  const path = hasReserve ? join(t.testdir(), 'test.db') : ':memory:'
  const told: string[] = []
  const limitPages = (pages: number) => void client.pragma(`max_page_count = ${pages}`)
  const engine = openSqlite(path, message => {
    told.push(message)
    if (heals) limitPages(1_000_000)
  })
  t.teardown(() => engine.close())
  const { $client: client } = engine.db as unknown as { $client: Database.Database }
  await engine.migrate(migrations)
  limitPages(1)
  return { engine, told, forward, limitPages, path, reserve: `${path}-reserve` }
}

/** Writes a user of a hundred kilobytes. */
const write = ({ atomic, schema }: Engine, username: string, essential?: boolean) => {
  const user = newUser(username, { fullName: 'x'.repeat(100_000) })
  const options = essential === undefined ? [] : ([{ essential }] as const)
  return atomic(tx => [tx.insert(schema.users).values(user).returning({ id: schema.users.id })], ...options)
}
const isFull = { code: 'SQLITE_FULL' }

t.test('on a full disk what is essential is written, in the space held back for it (decision 15)', async t => {
  const { engine, told, reserve } = await onFullDisk(t)
  t.equal(statSync(reserve).size, 8 << 20)
  t.equal((await write(engine, 'alice', true)).length, 1)
  t.strictSame(told, ['The disk is full: only logging in and out goes on, in the space held back for it'])
  t.equal(existsSync(reserve), false)
  t.equal((await write(engine, 'bob', true)).length, 1)
  t.equal(told.length, 1, 'told once')
})

t.test('what is not essential is refused from then on, until there is room again (decision 15)', async t => {
  const { engine, forward, reserve } = await onFullDisk(t)
  await t.rejects(write(engine, 'alice'), isFull)
  t.equal(existsSync(reserve), true, 'and does not take the space')
  await write(engine, 'bob', true)
  const refusal = await write(engine, 'alice').catch(toStoreError)
  t.match(refusal, {
    name: 'StoreError',
    code: 'unavailable',
    message: 'The database answered: the disk is full, and what is left is for logins (SQLITE_FULL)'
  })
  forward(1000)
  t.equal((await write(engine, 'alice')).length, 1, 'without a restart')
  t.equal(statSync(reserve).size, 8 << 20)
})

t.test('what gives space back to logins goes on when the disk is full (decision 15)', async t => {
  const { engine } = await onFullDisk(t)
  const [audit, sessions, throttle] = [
    createAuditStore(engine),
    createSessionStore(engine),
    createThrottleStore(engine)
  ]
  const key = 'global'
  await write(engine, 'bob', true)
  await throttle.count([{ key, forgiveMs: 1, mostMs: 1 }], 0)
  for (let n = 0; n < 2; n++) await sessions.insert(newSession(null), event('login.succeeded'))
  await t.rejects(write(engine, 'alice'), isFull)
  t.equal(await sessions.prune(at(86_400)), 2)
  t.strictSame(await audit.prune(at(1), event('audit.pruned')), { deleted: 1 })
  await throttle.prune(2, at(0))
  t.strictSame(await throttle.counters([key]), [])
})

t.test('it waits for who reads, as it would take the space of logins meanwhile (decision 15)', async t => {
  const { engine, path } = await onFullDisk(t)
  const sessions = createSessionStore(engine)
  await write(engine, 'bob', true)
  await sessions.insert(newSession(null), event('login.succeeded'))
  const other = openDatabase(path)
  t.teardown(() => other.close())
  other.exec('BEGIN; SELECT * FROM sessions')
  await sessions.insert(newSession(null), event('login.succeeded'))
  await t.rejects(sessions.prune(at(86_400)), isFull)
  await sessions.insert(newSession(null), event('login.succeeded'))
  other.exec('ROLLBACK')
  t.equal(await sessions.prune(at(86_400)), 3)
})

t.test('on a full disk each of the writes that shared a commit gets its own answer (decision 15)', async t => {
  const { engine } = await onFullDisk(t)
  const results = await Promise.allSettled([
    write(engine, 'alice'),
    write(engine, 'bob', true),
    write(engine, 'carol', true)
  ])
  t.match(results, [
    { status: 'rejected', reason: isFull },
    { status: 'fulfilled', value: [{}] },
    { status: 'fulfilled', value: [{}] }
  ])
})

t.test('when the space held back is full too, it is a full disk for everything (decision 15)', async t => {
  const { engine, told } = await onFullDisk(t, { heals: false })
  await t.rejects(write(engine, 'alice', true), isFull)
  t.equal(told.length, 1)
})

t.test('a database in memory holds nothing back (settings: sqlite::memory:)', async t => {
  const { engine, told } = await onFullDisk(t, { hasReserve: false })
  await t.rejects(write(engine, 'alice', true), isFull)
  await t.rejects(write(engine, 'alice'), isFull)
  t.strictSame(told, [])
  t.equal(existsSync(':memory:-reserve'), false)
})

t.test('nobody has to hear of a full disk (decision 15)', async t => {
  const path = join(t.testdir(), 'test.db')
  const engine = openSqlite(path)
  t.teardown(() => engine.close())
  await engine.migrate(migrations)
  const { $client: client } = engine.db as unknown as { $client: Database.Database }
  client.pragma('max_page_count = 1')
  await t.rejects(write(engine, 'alice', true), isFull)
  t.equal(existsSync(`${path}-reserve`), false, 'the space has been given')
})
