import { fork } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import t from 'tap'
import { openStore } from '../../src/store/open.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { databaseUrl, engines } from '../support/engines.ts'
import { createStore, event, newUser } from '../support/store.ts'

const sqlitePath = (url: string) => url.slice('sqlite:'.length)

/** A store in another process, which answers one word for each message. */
async function openInChild(t: { teardown(fn: () => void): unknown }, url: string) {
  const child = fork(join(import.meta.dirname, '../support/store-process.ts'), [url])
  t.teardown(() => child.kill())
  const [greeting] = await once(child, 'message')
  return {
    greeting,
    ask: async (question: string) => {
      child.send(question)
      return (await once(child, 'message'))[0]
    }
  }
}

for (const engine of engines) {
  t.test(`a store on ${engine}`, async t => {
    t.test('answers and can be migrated again, which changes nothing (issue 2: a second start finds all)', async t => {
      const { store } = await createStore(t, engine)
      const user = newUser('alice')
      await store.users.insert(user, event('user.created'))
      await store.migrate()
      await store.ping()
      t.equal(store.dialect, engine)
      t.equal((await store.users.byId(user.id))?.username, 'alice')
    })

    t.test('two that migrate one empty database at once both come up (issue 2)', async t => {
      const url = await databaseUrl(t, engine)
      const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(url, () => {})))
      t.teardown(() => Promise.all(stores.map(store => store.close())))
      await Promise.all(stores.map(store => store.migrate()))
      for (const [i, { users }] of stores.entries()) t.ok(await users.insert(newUser(`user${i}`), event('x')))
      t.equal((await stores[0]?.users.page('', 10))?.length, 4)
    })

    t.test('two processes that migrate one empty database at once both come up (issue 2)', async t => {
      const url = await databaseUrl(t, engine)
      const children = await Promise.all([openInChild(t, url), openInChild(t, url)])
      t.strictSame(
        children.map(({ greeting }) => greeting),
        ['migrated', 'migrated']
      )
    })

    t.test('a user created here is read by another process at once (issue 2)', async t => {
      const { store, url } = await createStore(t, engine)
      const child = await openInChild(t, url)
      t.equal(await child.ask('alice'), 'nobody')
      const user = newUser('alice')
      await store.users.insert(user, event('user.created'))
      t.equal(await child.ask('alice'), user.id)
    })

    t.test('a database without tables is failed, and says which is missing', async t => {
      const store = await openStore(await databaseUrl(t, engine), () => {})
      t.teardown(() => store.close())
      await t.rejects(store.users.byId('x'), { name: 'StoreError', code: 'failed', message: /users/ })
    })
  })
}

t.test(
  'SQLite is durable, strict and patient (issue 2: WAL, synchronous=FULL, foreign keys, busy timeout)',
  async t => {
    const { url } = await createStore(t, 'sqlite')
    const engine = openSqlite(sqlitePath(url))
    t.teardown(() => engine.close())
    const pragma = async (name: string) => {
      const db = engine.db as unknown as { get(query: unknown): Record<string, unknown> }
      return Object.values(db.get(sql.raw(`PRAGMA ${name}`)))[0]
    }
    t.equal(await pragma('journal_mode'), 'wal')
    t.equal(await pragma('synchronous'), 2, 'FULL')
    t.equal(await pragma('foreign_keys'), 1)
    t.equal(await pragma('busy_timeout'), 5000)
  }
)

t.test('SQLite makes the folder of its file, which nobody else may enter (issue 2)', async t => {
  const path = join(t.testdir(), 'data', 'deeper', 'test.db')
  const store = await openStore(`sqlite:${path}`, () => {})
  t.teardown(() => store.close())
  await store.migrate()
  t.equal(statSync(dirname(path)).mode & 0o777, 0o700)
})

t.test('SQLite in memory needs no folder (settings: sqlite::memory:)', async t => {
  const store = await openStore('sqlite::memory:', () => {})
  t.teardown(() => store.close())
  await store.migrate()
  t.ok(await store.users.insert(newUser('alice'), event('user.created')))
})

t.test('a SQLite file that cannot be opened is unavailable (design §3: errors)', async t => {
  await t.rejects(
    openStore(`sqlite:${t.testdir()}`, () => {}),
    { name: 'StoreError', code: 'unavailable' }
  )
})

t.test('a file that is no database is failed (SQLITE_NOTADB)', async t => {
  const path = join(
    t.testdir({ 'test.db': 'this is a text that is much longer than a header. '.repeat(100) }),
    'test.db'
  )
  await t.rejects(
    openStore(`sqlite:${path}`, () => {}),
    { name: 'StoreError', code: 'failed' }
  )
})

t.test('SQLite locked by another connection past the busy timeout is unavailable (issue 2)', async t => {
  const { store, url } = await createStore(t, 'sqlite')
  const other = new Database(sqlitePath(url))
  t.teardown(() => other.close())
  other.exec('BEGIN IMMEDIATE')
  await t.rejects(store.users.insert(newUser('alice'), event('user.created')), {
    name: 'StoreError',
    code: 'unavailable',
    message: 'The database answered: database is locked (SQLITE_BUSY)'
  })
  t.equal(await store.users.byUsername('alice'), undefined, 'readers do not wait for a writer')
  other.exec('ROLLBACK')
  t.ok(await store.users.insert(newUser('alice'), event('user.created')))
})

t.test('a closed SQLite store refuses with a StoreError', async t => {
  const store = await openStore('sqlite::memory:', () => {})
  await store.close()
  await t.rejects(store.ping(), { name: 'StoreError', code: 'failed' })
})

t.test('migrations that cannot be applied stop the start (issue 2)', async t => {
  const engine = openSqlite(':memory:')
  t.teardown(() => engine.close())
  await t.rejects(engine.migrate(join(t.testdir(), 'nothing')), { message: /meta\/_journal.json/ })
})

t.test('a PostgreSQL that is not there is unavailable (issue 2)', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  const store = await openStore(`postgres://nobody@127.0.0.1:${port}/nothing`, () => {})
  t.teardown(() => store.close())
  for (const call of [store.migrate, store.ping, async () => void (await store.users.byId('x'))]) {
    await t.rejects(call(), { name: 'StoreError', code: 'unavailable', message: /ECONNREFUSED/ })
  }
})

t.test('a PostgreSQL without the database is unavailable, and says so (SQLSTATE 3D000)', async t => {
  const url = new URL(String(process.env.TEST_POSTGRES_URL))
  url.pathname = '/no_such_database'
  const store = await openStore(url.href, () => {})
  t.teardown(() => store.close())
  await t.rejects(store.migrate(), { name: 'StoreError', code: 'unavailable', message: /no_such_database.*3D000/ })
})

t.test('an idle connection that the server cut is told of, and the next call gets another (design §3)', async t => {
  const url = await databaseUrl(t, 'postgres')
  let heard: (error: Error) => void = () => {}
  const cut = new Promise<Error>(resolve => {
    heard = resolve
  })
  const store = await openStore(url, error => heard(error))
  t.teardown(() => store.close())
  await store.migrate()
  await store.ping()

  const { default: pg } = await import('pg')
  const admin = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL })
  await admin.connect()
  t.teardown(() => admin.end())
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
    new URL(url).pathname.slice(1)
  ])
  t.match(await cut, { message: /terminating connection|Connection terminated/ })
  await store.ping()
})
