import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { backupSqlite } from '../../../src/store/backup/backup.ts'
import { restoreSqlite } from '../../../src/store/backup/restore.ts'
import { openDatabase, sqliteDriver } from '../../../src/store/engine/sqlite-driver.ts'
import { openStore } from '../../../src/store/open.ts'
import { addSessions, at, auditTrail, event, newSession, newUser } from '../../support/store.ts'

/** Applies the migrations to the copy, as the start of a server does, and keeps every session. */
async function prepare(url: string) {
  const store = await openStore(url, () => {})
  await store.migrate().finally(() => store.close())
  return undefined
}

/** A closed database with the account bob, and a backup with the account alice and a session. */
async function createBoth(t: Test) {
  const folder = t.testdir({ data: {} })
  const [path, other, file] = [join(folder, 'data', 'test.db'), join(folder, 'other.db'), join(folder, 'backup.db')]
  for (const [database, name] of [
    [path, 'bob'],
    [other, 'alice']
  ] as const) {
    const store = await openStore(`sqlite:${database}`, () => {})
    await store.migrate()
    const user = newUser(name)
    await store.users.insert(user, event('user.created'))
    await store.close()
    const sessions = [newSession(user.id), { ...newSession(user.id), revokedAt: at(1) }]
    await addSessions(`sqlite:${database}`, sessions)
  }
  await backupSqlite(other, file, { force: false })
  return { path, file, folder }
}

function names(path: string) {
  const db = openDatabase(path)
  try {
    return db.prepare('SELECT username FROM users ORDER BY username').pluck().all()
  } finally {
    db.close()
  }
}

const filesIn = (path: string) => readdirSync(join(path, '..'))

test('A restored database equals the backup, and the old one is kept under a new name each time', async t => {
  const { path, file } = await createBoth(t)
  const held = { accounts: 1, clients: 0, keys: 0, sessions: 2, loginsEnded: 0 }
  for (const name of ['before-restore', 'before-restore.2', 'before-restore.3'])
    t.same(await restoreSqlite(file, path, { force: true, prepare }), { ...held, kept: `${path}.${name}` })
  t.same(filesIn(path), ['test.db', 'test.db.before-restore', 'test.db.before-restore.2', 'test.db.before-restore.3'])
  t.same(names(path), ['alice'])
  t.same(names(`${path}.before-restore`), ['bob'])
  t.equal(statSync(path).mode & 0o777, 0o600)
})

test('A database is restored where none exists, in a new folder', async t => {
  const { file, folder } = await createBoth(t)
  const path = join(folder, 'new', 'deeper', 'test.db')
  t.match(await restoreSqlite(file, path, { force: false, prepare }), { accounts: 1, kept: null })
  t.same(filesIn(path), ['.gitignore', 'test.db'])
  t.same(names(path), ['alice'])
})

test('Sessions are ended in the copy, with one event that has their number, and ended ones keep their time', async t => {
  const { path, file } = await createBoth(t)
  const ending = event('session.ended', { at: at(60), actor: 'cli', detail: { reason: 'restored' } })
  const options = { force: true, prepare: async (url: string) => (await prepare(url)) ?? ending }
  t.match(await restoreSqlite(file, path, options), { sessions: 2, loginsEnded: 1 })
  const trail = await auditTrail(t, `sqlite:${path}`)
  t.same(trail.at(-1), { ...ending, detail: { reason: 'restored', sessions: 1 } })
  const db = openDatabase(path)
  const ended = db.prepare('SELECT revoked_at FROM sessions ORDER BY revoked_at').pluck().all()
  const epochs = db.prepare('SELECT login_epoch FROM users').pluck().all()
  db.close()
  t.same(ended, [at(1).getTime(), at(60).getTime()])
  t.same(epochs, [1000], 'what was under way is void, whatever ended since the backup')
})

test('Changes only in the -wal of a killed server are in the kept database', async t => {
  const { path, file } = await createBoth(t)
  const killed = spawn(process.execPath, [
    '-e',
    `const db = new (require('${sqliteDriver().name}'))(process.argv[1])
    db.pragma('wal_autocheckpoint = 0')
    db.exec("UPDATE users SET username = 'carol'")
    process.kill(process.pid, 'SIGKILL')`,
    path
  ])
  await once(killed, 'exit')
  t.ok(statSync(`${path}-wal`).size > 0)
  await restoreSqlite(file, path, { force: true, prepare })
  t.same(filesIn(path), ['test.db', 'test.db.before-restore'])
  t.same(names(path), ['alice'])
  t.same(names(`${path}.before-restore`), ['carol'])
})

test('A -wal without its database is moved away, and is not used for the new database', async t => {
  const { path, file } = await createBoth(t)
  const db = openDatabase(path)
  db.exec("UPDATE users SET username = 'carol'")
  copyFileSync(`${path}-wal`, `${path}-copy`)
  db.close()
  renameSync(path, `${path}.lost`)
  renameSync(`${path}-copy`, `${path}-wal`)
  writeFileSync(`${path}-shm`, 'stale')
  const wal = readFileSync(`${path}-wal`)
  t.match(await restoreSqlite(file, path, { force: false, prepare }), { kept: null })
  t.same(filesIn(path), ['test.db', 'test.db.before-restore-wal', 'test.db.lost'])
  t.same(readFileSync(`${path}.before-restore-wal`), wal)
  t.same(names(path), ['alice'])
})

test('An unreadable database is replaced too, and kept unchanged', async t => {
  const { path, file } = await createBoth(t)
  const broken = 'no database, and long enough for SQLite to see it'.repeat(20)
  writeFileSync(path, broken)
  t.match(await restoreSqlite(file, path, { force: true, prepare }), { kept: `${path}.before-restore` })
  t.same(names(path), ['alice'])
  t.equal(readFileSync(`${path}.before-restore`, 'utf8'), broken)
})

test('A link to the database stays a link, and its target is replaced', async t => {
  const { path, file, folder } = await createBoth(t)
  const link = join(folder, 'link.db')
  symlinkSync(path, link)
  t.match(await restoreSqlite(file, link, { force: true, prepare }), { kept: `${path}.before-restore` })
  t.ok(lstatSync(link).isSymbolicLink())
  t.same(names(path), ['alice'])
})

test('A refused restore leaves the old database unchanged, byte for byte', async t => {
  const { path, file, folder } = await createBoth(t)
  const inUse = join(folder, 'in-use.db')
  copyFileSync(file, inUse)
  writeFileSync(`${inUse}-wal`, '')
  const link = join(folder, 'link.db')
  symlinkSync(path, link)
  const bytes = readFileSync(path)
  let prepared = 0
  const never = async () => void prepared++
  const there = `${path} already exists. Stop the server, and add --force to replace the database, which is kept under another name.`
  for (const [from, force, message] of [
    [file, false, there],
    [path, true, `${path} is the database itself. Choose a backup.`],
    [link, true, `${link} is the database itself. Choose a backup.`],
    [join(folder, 'none.db'), true, `Backup not found: ${join(folder, 'none.db')}.`],
    [folder, true, `Backup not found: ${folder}.`],
    [
      inUse,
      true,
      `${inUse} is in use or was not closed, because ${inUse}-wal exists. Make a backup of it first, with DATABASE_URL=sqlite:${inUse}.`
    ]
  ] as const)
    await t.rejects(restoreSqlite(from, path, { force, prepare: never }), { name: 'CommandError', message }, message)
  t.equal(prepared, 0)
  const failing = () => Promise.reject(new Error('it does not start'))
  await t.rejects(restoreSqlite(file, path, { force: true, prepare: failing }), { message: 'it does not start' })
  t.same(readFileSync(path), bytes)
  t.same(filesIn(path), ['test.db'])
  t.ok(existsSync(file))
})

test('A database that another process has open is not replaced, even if that process is idle', async t => {
  const { path, file } = await createBoth(t)
  const idle = spawn(
    process.execPath,
    [
      '-e',
      `const db = new (require('${sqliteDriver().name}'))(process.argv[1])
      db.prepare('SELECT count(*) FROM users').get()
      console.log('open')
      process.stdin.resume().on('end', () => db.close())`,
      path
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] }
  )
  t.teardown(() => idle.kill('SIGKILL'))
  await once(idle.stdout, 'data')
  const bytes = readFileSync(path)
  await t.rejects(restoreSqlite(file, path, { force: true, prepare }), {
    name: 'CommandError',
    message: `Another process has ${path} open: stop the server first.`
  })
  t.same(readFileSync(path), bytes)
  t.same(filesIn(path), ['test.db', 'test.db-shm', 'test.db-wal'])
  idle.stdin.end()
  await once(idle, 'exit')
  t.match(await restoreSqlite(file, path, { force: true, prepare }), { kept: `${path}.before-restore` })
})

test('An unwritable file is reported in one sentence, and nothing is replaced', async t => {
  const { path, file, folder } = await createBoth(t)
  mkdirSync(`${path}-journal`)
  await t.rejects(restoreSqlite(file, path, { force: true, prepare }), {
    name: 'StoreError',
    message: /^Cannot restore \S+backup\.db: disk I\/O error$/
  })
  t.same(filesIn(path), ['test.db', 'test.db-journal'])
  const below = join(file, 'data', 'test.db')
  await t.rejects(restoreSqlite(file, below, { force: true, prepare }), {
    name: 'StoreError',
    message: new RegExp(`^Cannot restore ${file}: E[A-Z]+: .*$`)
  })
  t.same(
    readdirSync(folder).filter(name => name.includes('restoring')),
    []
  )
})
