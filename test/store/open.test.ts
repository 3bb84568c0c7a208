import { once } from 'node:events'
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sql } from 'drizzle-orm'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { packageVersion } from '../../src/base/package.ts'
import { openPostgres } from '../../src/store/engine/postgres.ts'
import { openSqlite } from '../../src/store/engine/sqlite.ts'
import { probeStore } from '../../src/store/inspect/probe.ts'
import { journalTable } from '../../src/store/migrations.ts'
import { openStore } from '../../src/store/open.ts'
import { type EngineName, emptyDatabaseUrl } from '../support/engines.ts'
import { freePort } from '../support/free-port.ts'
import { connect } from '../support/locks.ts'
import { writeNextMigration } from '../support/next-migration.ts'
import { engineTest, pgTest } from '../support/pg-test.ts'
import { createStore, event, execute, newUser, openEngine, openNode } from '../support/store.ts'
import { createTcpProxy } from '../support/tcp-proxy.ts'

const sqlitePath = (url: string) => url.slice('sqlite:'.length)

/** Terminates every connection to the database at `url`. */
async function cutConnections(t: Test, url: string) {
  const admin = await connect(t, String(process.env.TEST_POSTGRES_URL))
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    new URL(url).pathname.slice(1)
  ])
}

engineTest('A store can be migrated again without a change', async (t, engine) => {
  const { store } = await createStore(t, engine)
  const user = newUser('alice')
  await store.users.insert(user, event('user.created'))
  await store.migrate()
  await store.ping()
  t.equal(store.dialect, engine)
  t.equal((await store.users.byId(user.id))?.username, 'alice')
})

engineTest('A store refuses a database that a newer version has migrated, and changes nothing', async (t, engine) => {
  const { store, url } = await createStore(t, engine)
  await execute(url, `INSERT INTO ${journalTable(engine)} (hash, created_at) VALUES ('later', 9000000000000)`)
  await t.rejects(store.migrate(), {
    name: 'StoreError',
    code: 'failed',
    message: 'A newer version of Sallyport has migrated this database. Run that version or a later one.'
  })
  await execute(url, `DELETE FROM ${journalTable(engine)} WHERE hash = 'later'`)
  await store.migrate()
})

/** Applies all migrations to the database at `url`, and one of the next version that adds a column after `comment`. */
async function migrateFurther(t: Test, url: string, engine: EngineName, comment: string) {
  const folder = t.testdir()
  writeNextMigration(folder, engine, [`${comment}ALTER TABLE users ADD next text`])
  await openEngine(t, url).migrate(folder)
}

engineTest(
  'A store works during and after a migration of a newer version that says so, and is refused after others',
  async (t, engine) => {
    const { store, url } = await createStore(t, engine)
    let isMigrating = true
    const migrated = migrateFurther(t, url, engine, `-- Runs with ${packageVersion}\n`).finally(
      () => (isMigrating = false)
    )
    let written = 0
    do await store.users.insert(newUser(`user-${written++}`), event('user.created'))
    while (isMigrating)
    await migrated
    const after = await openNode(t, url)
    await after.migrate()
    t.ok(await after.users.insert(newUser('alice'), event('user.created')))
    t.equal((await after.users.byUsername('user-0'))?.username, 'user-0')
    t.match(await probeStore(url), { unusable: undefined, pending: [] })

    for (const comment of ['-- Runs with 99.0.0\n', '']) {
      const { store: former, url: contracted } = await createStore(t, engine)
      await migrateFurther(t, contracted, engine, comment)
      await t.rejects(former.migrate(), { message: /^A newer version/ }, comment)
    }
  }
)

engineTest('A store refuses a database from before 0.2.0, and says how its accounts move', async (t, engine) => {
  const { store, url } = await createStore(t, engine)
  await execute(url, `UPDATE ${journalTable(engine)} SET created_at = 1767225600000`)
  await t.rejects(store.migrate(), { name: 'StoreError', code: 'failed', message: /before 0\.2\.0.*users export/ })
})

engineTest('Four stores that migrate one empty database at once all work', async (t, engine) => {
  const url = await emptyDatabaseUrl(t, engine)
  const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(url, () => {})))
  t.teardown(() => Promise.all(stores.map(store => store.close())))
  await Promise.all(stores.map(store => store.migrate()))
  for (const [i, { users }] of stores.entries()) t.ok(await users.insert(newUser(`user${i}`), event('x')))
  t.equal((await stores[0]?.users.page('', 10))?.rows.length, 4)
})

engineTest('A query on a database without tables is failed and names the missing table', async (t, engine) => {
  const store = await openStore(await emptyDatabaseUrl(t, engine), () => {})
  t.teardown(() => store.close())
  await t.rejects(store.users.byId('x'), { name: 'StoreError', code: 'failed', message: /users/ })
})

t.test('SQLite uses WAL and foreign keys, and waits for locks during migrations only', async t => {
  const { url } = await createStore(t, 'sqlite')
  const engine = openSqlite(sqlitePath(url))
  t.teardown(() => engine.close())
  const pragma = async (name: string) => {
    const db = engine.db as unknown as { get(query: unknown): Record<string, unknown> }
    return Object.values(db.get(sql.raw(`PRAGMA ${name}`)))[0]
  }
  t.equal(await pragma('journal_mode'), 'wal')
  t.equal(await pragma('synchronous'), 1, 'NORMAL')
  t.equal(await pragma('foreign_keys'), 1)
  t.equal(await pragma('busy_timeout'), 0)
  await engine.migrate(join(import.meta.dirname, '../../migrations/sqlite'))
  t.equal(await pragma('busy_timeout'), 0, 'later waits would block the event loop')
})

t.test('SQLite creates the folder of its file, accessible only to its owner', async t => {
  const path = join(t.testdir(), 'data', 'deeper', 'test.db')
  const store = await openStore(`sqlite:${path}`, () => {})
  t.teardown(() => store.close())
  await store.migrate()
  t.equal(statSync(dirname(path)).mode & 0o777, 0o700)
})

t.test('A SQLite file that cannot be opened is unavailable, and a text is failed (SQLITE_NOTADB)', async t => {
  const folder = t.testdir({ 'test.db': 'this is a text that is much longer than a header. '.repeat(100) })
  const open = (path: string) => openStore(`sqlite:${path}`, () => {})
  await t.rejects(open(folder), { name: 'StoreError', code: 'unavailable' })
  await t.rejects(open(join(folder, 'test.db')), { name: 'StoreError', code: 'failed' })
})

t.test('SQLite in memory needs no folder, and throws a StoreError once it is closed', async t => {
  const store = await openStore('sqlite::memory:', () => {})
  await store.migrate()
  t.ok(await store.users.insert(newUser('alice'), event('user.created')))
  await store.close()
  await t.rejects(store.ping(), { name: 'StoreError', code: 'failed' })
})

t.test('Migrations that cannot be read are an error', async t => {
  const engine = openSqlite(':memory:')
  t.teardown(() => engine.close())
  await t.rejects(engine.migrate(join(t.testdir(), 'nothing')), { message: /meta\/_journal.json/ })
})

t.test('An unreachable PostgreSQL is unavailable', async t => {
  const port = await freePort()
  const store = await openStore(`postgres://unknown@127.0.0.1:${port}/nothing`, () => {})
  t.teardown(() => store.close())
  for (const call of [store.migrate, store.ping, async () => void (await store.users.byId('x'))]) {
    await t.rejects(call(), { name: 'StoreError', code: 'unavailable', message: /ECONNREFUSED/ })
  }
})

pgTest('An idle connection that the server closed is reported, and the next call gets a new one', async t => {
  const url = await emptyDatabaseUrl(t, 'postgres')
  let heard: (said: unknown[]) => void = () => {}
  const cut = new Promise<unknown[]>(resolve => {
    heard = resolve
  })
  const store = await openStore(url, (...said) => heard(said))
  t.teardown(() => store.close())
  await store.migrate()
  await store.ping()

  await cutConnections(t, url)
  t.match(await cut, [
    'An idle database connection was lost',
    { message: /terminating connection|Connection terminated/ }
  ])
  await store.ping()
})

pgTest('A lost connection does not end the process, even without a listener', async t => {
  const url = await emptyDatabaseUrl(t, 'postgres')
  const engine = openPostgres(url)
  t.teardown(() => engine.close())
  await engine.ping()
  const { $client: pool } = engine.db as unknown as { $client: pg.Pool }
  const noticed = once(pool, 'error')
  await cutConnections(t, url)
  await noticed
  await engine.ping()
})

pgTest('A migration that loses its connection is unavailable, is reported, and can be repeated', async t => {
  const target = await emptyDatabaseUrl(t, 'postgres')
  const { url, open, cut } = await createTcpProxy(t, target)
  await open()
  const admin = await connect(t, target)
  // Holds the lock that the migrations wait for.
  await admin.query('SELECT pg_advisory_lock($1)', [0x73616c6c79707274n])
  const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  const isWaiting = async () => (await admin.query(waiting)).rows.length > 0

  let tell: (message: string) => void = () => {}
  const told = new Promise<string>(resolve => {
    tell = resolve
  })
  const store = await openStore(url, message => tell(message))
  t.teardown(() => store.close())
  const lost = t.rejects(store.migrate(), { name: 'StoreError', code: 'unavailable' })
  while (!(await isWaiting())) await new Promise(resolve => setImmediate(resolve))
  cut()
  await lost
  t.equal(await told, 'The migration connection was lost')
  await admin.query('SELECT pg_advisory_unlock_all()')
  await open()
  await store.migrate()
  t.ok(await store.users.insert(newUser('alice'), event('user.created')))
})
