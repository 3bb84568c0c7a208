import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { backupSqlite } from '../../../src/store/backup/backup.ts'
import { openDatabase, sqliteDriver } from '../../../src/store/engine/sqlite-driver.ts'
import { openStore } from '../../../src/store/open.ts'
import { addSessions, event, execute, newClient, newKey, newSession, newUser } from '../../support/store.ts'

const plain = { force: false }

/** A database with an account, a client, a key and a session, open in this process until the test ends. */
async function createDatabase(t: Test) {
  const folder = t.testdir({ backups: {}, data: {} })
  const path = join(folder, 'data', 'test.db')
  const store = await openStore(`sqlite:${path}`, () => {})
  t.teardown(() => store.close())
  await store.migrate()
  const alice = newUser()
  await store.users.insert(alice, event('user.created'))
  await store.clients.insert(newClient(), event('client.created'))
  await store.keys.add(newKey(1), new Date(0), event('key.created'))
  await addSessions(`sqlite:${path}`, [newSession(alice.id)])
  const backups = join(folder, 'backups')
  return { path, store, backups, file: join(backups, 'test.db') }
}

/** Runs `statements` on the database at `path`, with foreign keys off. */
function alter(path: string, statements: string) {
  const db = openDatabase(path)
  db.pragma('foreign_keys = OFF')
  db.exec(statements)
  db.close()
}

const rows = (path: string, query: string) => {
  const db = openDatabase(path, { readonly: true })
  try {
    return db.prepare(query).pluck().all()
  } finally {
    db.close()
  }
}

test('A backup is one plain file, mode 0600, and includes the -wal of a running server', async t => {
  const { path, file, backups } = await createDatabase(t)
  t.ok(statSync(`${path}-wal`).size > 0)
  const bytes = statSync(path).size
  const backup = await backupSqlite(path, file, plain)
  t.same(backup, { accounts: 1, clients: 1, keys: 1, sessions: 1, bytes: statSync(file).size })
  t.ok(backup.bytes >= bytes)
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.same(rows(file, 'SELECT username FROM users'), ['alice'])
  t.same(readdirSync(backups), ['test.db'])
})

test('A backup is a snapshot of one moment while another process keeps writing', async t => {
  const { path, file, store } = await createDatabase(t)
  await Promise.all(
    Array.from({ length: 600 }, (_, n) =>
      store.users.insert(newUser(`user-${n}`), event('user.created', { detail: { filler: 'x'.repeat(2000) } }))
    )
  )
  // Each transaction writes two rows, so a backup of two moments would have only one of them.
  const writer = spawn(
    process.execPath,
    [
      '-e',
      `const db = new (require('${sqliteDriver().name}'))(process.argv[1], { timeout: 5000 })
      db.exec('CREATE TABLE one (n); CREATE TABLE two (n)')
      const write = db.transaction(n => { for (const t of ['one', 'two']) db.prepare('INSERT INTO ' + t + ' VALUES (?)').run(n) })
      let n = 0
      const timer = setInterval(() => { for (let i = 0; i < 20; i++) write(n++); if (n === 20) console.log('writing') })
      setTimeout(() => clearInterval(timer), 60000).unref()
      process.stdin.resume().on('end', () => process.exit())`,
      path
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] }
  )
  t.teardown(() => writer.kill('SIGKILL'))
  await once(writer.stdout, 'data')
  for (let round = 0; round < 3; round++) {
    t.match(await backupSqlite(path, file, { force: true }), { accounts: 601, sessions: 1 })
    const [one] = rows(file, 'SELECT count(*) FROM one')
    t.ok(Number(one) >= 20)
    t.same(rows(file, 'SELECT count(*) FROM two'), [one])
    t.same(rows(file, 'SELECT max(n) + 1 FROM one'), [one])
  }
  t.equal(writer.exitCode, null, 'the other process was writing')
  writer.stdin.end()
  await once(writer, 'exit')
})

test('A large backup is copied in steps, and has what was there at its first', async t => {
  const { path, file } = await createDatabase(t)
  await execute(`sqlite:${path}`, 'CREATE TABLE large (bytes); INSERT INTO large VALUES (zeroblob(30000000))')
  const other = openDatabase(path)
  t.teardown(() => other.close())
  other.exec('CREATE TABLE one (n)')
  const shown: number[] = []
  const onProgress = (text: string, fraction?: number) => {
    if (text === 'copying the database') shown.push(Number(fraction))
    if (shown.length < 4) other.exec('INSERT INTO one VALUES (1)')
  }
  await backupSqlite(path, file, { ...plain, onProgress })
  t.ok(shown.length > 3 && shown[0] === 0, `${shown}`)
  t.strictSame(
    shown,
    [...new Set(shown)].sort((a, b) => a - b)
  )
  t.same(rows(file, 'SELECT count(*) FROM one'), [0])
  t.same(rows(path, 'SELECT count(*) FROM one'), [3])
})

test('A database of an older schema is backed up unchanged, and not migrated', async t => {
  const folder = t.testdir()
  const [path, file] = [join(folder, 'old.db'), join(folder, 'backup.db')]
  const db = openDatabase(path)
  const init = readFileSync('migrations/sqlite/0000_init.sql', 'utf8')
  const [first] = JSON.parse(readFileSync('migrations/sqlite/meta/_journal.json', 'utf8')).entries
  db.exec(init)
  db.exec('CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric)')
  db.prepare("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('', ?)").run(first.when)
  db.close()
  const schema = 'SELECT sql FROM sqlite_schema ORDER BY name'
  const before = rows(path, schema)
  t.match(await backupSqlite(path, file, plain), { accounts: 0, clients: 0, keys: 0, sessions: 0 })
  t.same(rows(path, schema), before)
  t.same(rows(file, schema), before)
})

test('A refused backup leaves no file, and changes no existing file', async t => {
  const { path, file, backups, store } = await createDatabase(t)
  writeFileSync(file, 'the backup of yesterday')
  const folder = join(backups, 'folder')
  mkdirSync(folder)
  const link = join(backups, 'link.db')
  symlinkSync(path, link)
  writeFileSync(join(path, '..', 'secret'), 'the secret')
  const own = (name: string) => `${name} belongs to the database itself. Choose another file.`
  const there = `${file} already exists. Choose another name, or add --force to replace it.`
  for (const [from, to, force, message] of [
    [path, file, false, there],
    [path, path, true, own(path)],
    [path, link, true, own(link)],
    [path, `${path}-wal`, true, own(`${path}-wal`)],
    [path, join(path, '..', 'secret'), true, own(join(path, '..', 'secret'))],
    [path, folder, true, `${folder} is not a regular file.`],
    [`${path}.none`, file, true, `There is no database at ${path}.none.`]
  ] as const)
    await t.rejects(backupSqlite(from, to, { force }), { name: 'CommandError', message }, message)
  t.equal(readFileSync(file, 'utf8'), 'the backup of yesterday')
  t.equal(readFileSync(join(path, '..', 'secret'), 'utf8'), 'the secret')
  t.same(readdirSync(backups), ['folder', 'link.db', 'test.db'])
  t.ok(await store.users.byUsername('alice'))
  const missing = join(backups, 'none')
  await t.rejects(backupSqlite(path, join(missing, 'a.db'), plain), {
    name: 'CommandError',
    message: `The folder ${missing} does not exist: create it first.`
  })
  const to = join(file, 'a.db')
  await t.rejects(backupSqlite(path, to, plain), {
    name: 'StoreError',
    message: new RegExp(`^Cannot create the backup ${to}: E[A-Z]+: .*$`)
  })
})

const faults: [string, string, string | RegExp][] = [
  [
    'a row that refers to nothing',
    "UPDATE sessions SET user_id = 'unknown'",
    'The database is damaged: a row of sessions refers to a missing row.'
  ],
  ['a database of something else', 'DROP TABLE keys', 'The database is not a Sallyport database.'],
  ['no migration', 'DELETE FROM __drizzle_migrations', 'The database is not a Sallyport database.'],
  [
    'a newer version',
    "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('', 9000000000000)",
    'The database is from a newer version of Sallyport. Use that version or a later one.'
  ],
  ['a value that the service cannot read', "UPDATE users SET scopes = 'me'", /^Database error: .*JSON/],
  [
    'a row that the service cannot find',
    "UPDATE clients SET id = ''",
    'The backup is incomplete: only 0 of 1 clients can be read.'
  ],
  [
    'a schema that was never released',
    'UPDATE __drizzle_migrations SET created_at = 1',
    /^This database is from a version before 0\.2\.0/
  ]
]

test('A database that the service could not use is not backed up, and an older backup stays', async t => {
  const { path, file, backups, store } = await createDatabase(t)
  await store.close()
  writeFileSync(file, 'the backup of yesterday')
  for (const [fault, statements, message] of faults) {
    const faulty = `${path}.faulty`
    copyFileSync(path, faulty)
    alter(faulty, statements)
    await t.rejects(backupSqlite(faulty, file, { force: true }), { message }, fault)
    t.equal(readFileSync(file, 'utf8'), 'the backup of yesterday', fault)
    t.same(readdirSync(backups), ['test.db'], fault)
  }
})

test('A database with damage anywhere is not backed up, nor is a file that is not a database', async t => {
  const { path, store, backups, file } = await createDatabase(t)
  const whole = join(backups, 'whole.db')
  await backupSqlite(path, whole, plain)
  await store.close()
  const bytes = readFileSync(whole)
  const broken = join(backups, 'broken.db')
  const page = bytes.readUInt16BE(16)
  const isDamaged = { name: 'CommandError', message: /^The database is damaged: / }
  // The first page with rows, one in the middle, and the last.
  for (const number of [1, Math.floor(bytes.length / page / 2), bytes.length / page - 1]) {
    const copy = Buffer.from(bytes)
    copy.fill(0xff, number * page, (number + 1) * page)
    writeFileSync(broken, copy)
    await t.rejects(backupSqlite(broken, file, plain), isDamaged, `page ${number}`)
  }
  writeFileSync(broken, bytes.subarray(0, bytes.length - 2 * page))
  await t.rejects(backupSqlite(broken, file, plain), isDamaged)
  writeFileSync(broken, Buffer.from(bytes).fill(0xff, 100, page))
  await t.rejects(backupSqlite(broken, file, plain), isDamaged)
  writeFileSync(broken, 'no database, and long enough for SQLite to see it'.repeat(20))
  await t.rejects(backupSqlite(broken, file, plain), { message: 'The database is not a SQLite database.' })
  t.same(readdirSync(backups), ['broken.db', 'whole.db'])
  copyFileSync(whole, broken)
  t.match(await backupSqlite(broken, file, plain), { accounts: 1 })
})
