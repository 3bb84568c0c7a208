import { copyFileSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { backupSqlite } from '../../../src/store/backup/backup.ts'
import { openSqlite } from '../../../src/store/engine/sqlite.ts'
import { openDatabase } from '../../../src/store/engine/sqlite-driver.ts'
import { watchFiles } from '../../../src/store/engine/watched-files.ts'
import { openStore, type Store } from '../../../src/store/open.ts'
import { createApp } from '../../support/app.ts'
import { movableTime } from '../../support/clocks.ts'
import { failLogs } from '../../support/failing-log.ts'
import { event, newUser } from '../../support/store.ts'

/** A store with the account alice in a folder of its own, of which other links `data`, and what it has logged. */
async function createWorld(t: Test) {
  const root = realpathSync(t.testdir({ real: {} }))
  symlinkSync('real', join(root, 'data'))
  const path = join(root, 'data/test.db')
  const said: string[] = []
  const store = await openStore(`sqlite:${path}`, (message, error) => void said.push(`${message}: ${error?.message}`))
  t.teardown(() => store.close())
  await store.migrate()
  await write(store, 'alice')
  return { root, path, store, said, forward: movableTime(t) }
}

const write = (store: Store, name: string) => store.users.insert(newUser(name), event('user.created'))

const lost = (path: string) => ({
  name: 'StoreError',
  code: 'unavailable',
  driverCode: 'SQLITE_READONLY_DBMOVED',
  message: `The database file ${path} was removed or replaced. Stop the server and restore it`
})

/** The ways to lose a database, and the file that is named. */
const losses: Record<string, (path: string, root: string) => string> = {
  'the file is removed': path => {
    rmSync(path)
    return path
  },
  'all files are removed': path => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix)
    return path
  },
  'the log is removed': (path, root) => {
    rmSync(`${path}-wal`)
    return join(root, 'real/test.db-wal')
  },
  'the index of the log is removed': (path, root) => {
    rmSync(`${path}-shm`)
    return join(root, 'real/test.db-shm')
  },
  'the folder is removed': (path, root) => {
    rmSync(join(root, 'real'), { recursive: true })
    return path
  },
  'a copy takes its place': path => {
    copyFileSync(path, `${path}.new`)
    renameSync(`${path}.new`, path)
    return path
  },
  'a link leads to another folder': (path, root) => {
    mkdirSync(join(root, 'other'))
    copyFileSync(path, join(root, 'other/test.db'))
    rmSync(join(root, 'data'))
    symlinkSync('other', join(root, 'data'))
    return path
  }
}

for (const [name, lose] of Object.entries(losses))
  t.test(`No write is acknowledged a second after ${name}, and reads continue`, async t => {
    const { root, path, store, said, forward } = await createWorld(t)
    const file = lose(path, root)
    forward(1000)
    await t.rejects(write(store, 'bob'), lost(file))
    await t.rejects(Promise.all([write(store, 'carol'), write(store, 'dave')]), lost(file))
    await t.rejects(store.ping(), lost(file))
    t.match(await store.users.byUsername('alice'), { username: 'alice' })
    t.equal(await store.users.byUsername('bob'), undefined)
    t.strictSame(said, [`Writes are refused until the server is restarted: ${lost(file).message}`])
  })

t.test('The process does not continue by itself, also when the file is back', async t => {
  const { path, store, said, forward } = await createWorld(t)
  renameSync(path, `${path}.away`)
  await t.rejects(store.ping(), lost(path))
  renameSync(`${path}.away`, path)
  forward(60_000)
  await t.rejects(store.ping(), lost(path))
  await t.rejects(write(store, 'bob'), lost(path))
  t.equal(said.length, 1)
  await store.close()
  const again = await openStore(`sqlite:${path}`, () => {})
  t.teardown(() => again.close())
  await write(again, 'bob')
  t.match(await again.users.byUsername('alice'), { username: 'alice' })
})

t.test('A database with the same name that another process creates stays as it is', async t => {
  const { path, store, forward } = await createWorld(t)
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix)
  const other = openDatabase(path)
  t.teardown(() => other.close())
  other.pragma('journal_mode = WAL')
  other.exec('CREATE TABLE mine (n)')
  forward(1000)
  await t.rejects(write(store, 'bob'), lost(path))
  await store.close()
  t.strictSame(other.prepare('SELECT name FROM sqlite_schema').pluck().all(), ['mine'])
})

t.test('An engine whose disk refuses a log says that its file is lost, and ends', async t => {
  const { path, store, said } = await createWorld(t)
  const engine = openSqlite(path, (message, error) => void said.push(`${message}: ${error?.message}`))
  t.teardown(() => engine.close())
  failLogs(t)
  await t.rejects(engine.durable(), { code: 'SQLITE_IOERR' })
  rmSync(path)
  await t.rejects(engine.ping(), lost(path))
  await t.rejects(engine.durable(), lost(path))
  t.match(said, [/^Writes are refused until the disk takes them/, /^Writes are refused until the server is restarted/])
  await t.rejects(store.ping(), lost(path))
})

t.test('Backups, copies of the log and other connections change no file that is watched', async t => {
  const { path, store, said, forward } = await createWorld(t)
  const check = async () => {
    forward(1000)
    await write(store, `user-${performance.now()}`)
    await store.ping()
  }
  await backupSqlite(path, `${path}.backup`, { force: false })
  await check()
  const other = openDatabase(path, { timeout: 0 })
  other.pragma('wal_checkpoint(TRUNCATE)')
  await check()
  t.throws(() => other.pragma('journal_mode = DELETE'), { code: 'SQLITE_BUSY' })
  other.exec('VACUUM')
  other.close()
  await check()
  const second = await openStore(`sqlite:${path}`, () => {})
  await write(second, 'of-another')
  await second.close()
  await check()
  t.strictSame(said, [])
})

t.test('Files are looked at once a second for writes', async t => {
  const path = join(t.testdir({ 'a.db': '', 'a.db-wal': '', 'a.db-shm': '' }), 'a.db')
  const forward = movableTime(t)
  const check = watchFiles(path, () => {})
  rmSync(path)
  forward(900)
  check({ mayBeOld: true })
  forward(100)
  t.throws(() => check({ mayBeOld: true }), lost(path))
})

t.test('A file that cannot be inspected is not called lost, and no write is acknowledged', async t => {
  const path = join(t.testdir({ 'a.db': '', 'a.db-wal': '', 'a.db-shm': '' }), 'a.db')
  const losses: Error[] = []
  const check = watchFiles(path, error => void losses.push(error))
  rmSync(path)
  symlinkSync('a.db', path)
  t.throws(check, { code: 'ELOOP' })
  t.strictSame(losses, [])
})

t.test('A server whose database is removed answers 503 to writes and at /readyz, and logs why', async t => {
  const path = join(t.testdir(), 'test.db')
  const lines: { level: number; msg: string; err?: Error }[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const { app } = await createApp(t, { databaseUrl: `sqlite:${path}`, logLevel: 'info' }, { logger: { stream } })
  const register = (username: string) =>
    app.inject({ method: 'POST', url: '/users', payload: { username, password: 'correct horse battery staple' } })
  t.equal((await register('alice')).statusCode, 201)
  t.equal((await app.inject('/readyz')).statusCode, 200)
  rmSync(path)
  await setTimeout(1000)
  t.equal((await register('bob')).statusCode, 503)
  t.equal((await app.inject('/readyz')).statusCode, 503)
  t.equal((await app.inject('/livez')).statusCode, 200)
  const logged = lines.filter(({ level }) => level > 30).map(({ msg, err }) => [msg, err?.message])
  t.strictSame(logged, [
    ['Writes are refused until the server is restarted', lost(path).message],
    [`${lost(path).message}. Writes that it refuses get 503.`, undefined]
  ])
})
