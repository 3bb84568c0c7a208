import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { loadConfig } from '../../src/load-config.ts'
import { openServices } from '../../src/open-services.ts'
import { restoreSqlite } from '../../src/store/backup/restore.ts'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { password } from '../support/app.ts'
import { builtAlone, type Command } from '../support/built.ts'
import { cliEnv, createCli } from '../support/cli.ts'
import { startCli } from '../support/cli-process.ts'

const [user, group] = [10_001, 10_002]
const become = `process.setgroups([]); process.setgid(${group}); process.setuid(${user})`
const asUser: Command = [process.execPath, '--import', `data:text/javascript,${become}`, ...builtAlone.slice(1)]

const isRoot = process.getuid?.() === 0
const skip = !isRoot && !process.env.CI && 'only root can own files of other users'
const [file, ...args] = asUser
const skipServer =
  skip || (spawnSync(file, [...args, '--version']).status !== 0 && 'other users cannot read this folder')

/** The commands, run as root, and the folder of another user that their database is in, which is empty. */
function createWorld(t: Test) {
  // Root's own temporary folder may be closed to other users.
  const folder = mkdtempSync('/tmp/sallyport-owners-')
  t.teardown(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  const home = join(folder, 'home')
  mkdirSync(home)
  chownSync(home, user, group)
  const { sallyport, env } = createCli(t, { ...cliEnv(home), LOG_LEVEL: 'info' })
  const data = join(home, 'data')
  /** The owners and modes of the folder and the files that exist in it. */
  const owners = () =>
    Object.fromEntries(
      ['', ...readdirSync(data)].map(name => {
        const { uid, gid, mode } = statSync(join(data, name))
        return [name, [uid, gid, (mode & 0o777).toString(8)]]
      })
    )
  return { sallyport, env, folder, data, owners }
}

/** Starts the server as the other user, and logs alice in. */
async function logInThere(t: Test, env: Record<string, string>) {
  const { out, child, exit } = startCli(t, ['serve'], env, { command: asUser, cwd: '/' })
  const url = await out.until(/(http:\/\/127\.0\.0\.1:\d+)/)
  const form = new URLSearchParams({ grant_type: 'password', username: 'alice', password })
  const { status } = await fetch(`${url}/token`, { method: 'POST', body: form })
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
  return status
}

const theirs = (mode: string) => [user, group, mode]
const private_ = { '': theirs('700'), '.gitignore': theirs('644'), 'test.db': theirs('600') }

test('a database that root creates in the folder of another user belongs to that user', { skip }, async t => {
  const accounts = join(t.testdir({ 'accounts.ndjson': '' }), 'accounts.ndjson')
  for (const [command, input] of [
    [['users', 'create', 'alice', '--password-stdin'], password],
    [['users', 'import', accounts], ''],
    [['migrate'], '']
  ] as const) {
    const { sallyport, owners } = createWorld(t)
    const { code, err } = await sallyport([...command], input)
    t.equal(code, 0, err)
    t.same(owners(), { ...private_, secret: theirs('600') }, command.join(' '))
  }
})

test('so do the files that a server of root creates', { skip }, async t => {
  const { env, owners } = createWorld(t)
  const { out, child, exit } = startCli(t, ['serve'], env)
  await out.until(/Sallyport listens on/)
  t.same(owners(), {
    ...private_,
    secret: theirs('600'),
    'test.db-shm': theirs('600'),
    'test.db-wal': theirs('600')
  })
  child.kill('SIGTERM')
  t.same(await exit, [0, null])
})

test("that user's server starts with what `users create` of root has made", { skip: skipServer }, async t => {
  const { sallyport, env } = createWorld(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  t.equal(await logInThere(t, env), 200)
})

test('a restore by root acts as the owner of the folder, keeps the mode, and the server starts', {
  skip: skipServer
}, async t => {
  const { sallyport, env, folder, data, owners } = createWorld(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const [backup, database] = [join(folder, 'backup.db'), join(data, 'test.db')]
  await sallyport(['backup', backup])
  t.equal(statSync(backup).uid, 0, 'a backup belongs to the user who makes it')
  chmodSync(database, 0o640)
  t.match(await sallyport(['restore', backup, '--force']), { code: 0, err: '' })
  t.same(owners(), {
    ...private_,
    secret: theirs('600'),
    'test.db': theirs('640'),
    'test.db.before-restore': theirs('640')
  })
  t.same([process.geteuid?.(), process.getegid?.(), process.getgroups?.().includes(0)], [0, 0, true])
  t.equal(await logInThere(t, env), 200)

  rmSync(database)
  t.match(await sallyport(['restore', backup]), { code: 0 })
  t.same(owners()['test.db'], theirs('600'))
  t.equal(await logInThere(t, env), 200)
})

test('a restore by root into a folder of root acts as the owner of the database', { skip: skipServer }, async t => {
  const { sallyport, folder, data, owners } = createWorld(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  await sallyport(['backup', join(folder, 'backup.db')])
  chownSync(data, 0, group)
  chmodSync(data, 0o770)
  t.match(await sallyport(['restore', join(folder, 'backup.db'), '--force']), { code: 0, err: '' })
  t.same(owners()['test.db'], theirs('600'))
})

test('the owner of the folder cannot lead a restore by root to a file of root', { skip }, async t => {
  const { sallyport, env, folder, data } = createWorld(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const backup = join(folder, 'backup.db')
  await sallyport(['backup', backup])
  const precious = join(folder, 'precious')
  mkdirSync(precious, { mode: 0o700 })
  const victim = join(precious, 'test.db')
  copyFileSync(backup, victim)
  const before = readFileSync(victim)
  const database = join(data, 'test.db')

  rmSync(database)
  symlinkSync(victim, database)
  t.match(
    await sallyport(['restore', backup, '--force']),
    { code: 1, err: /EACCES/ },
    'a link in place of the database'
  )
  rmSync(database)

  // The link takes the place of the copy while it is checked.
  const config = loadConfig(env)
  const swapped = restoreSqlite(backup, database, {
    force: false,
    async prepare(url) {
      const draft = url.slice('sqlite:'.length)
      rmSync(draft)
      symlinkSync(victim, draft)
      await (await openServices({ ...config, databaseUrl: url })).close()
      return undefined
    }
  })
  await t.rejects(swapped)
  t.same(readdirSync(precious), ['test.db'])
  t.same(readFileSync(victim), before)
  t.equal(process.geteuid?.(), 0)
})

/** A journal after which SQLite deletes the file `names` (sqlite.org/fileformat, "The Rollback Journal"). */
function hotJournal(database: string, names: string) {
  const pageSize = 4096
  const magic = Buffer.from('d9d505f920a163d7', 'hex')
  const numbers = (...of: number[]) => Buffer.from(new Uint32Array(of).map(swapped).buffer)
  const header = Buffer.alloc(512)
  magic.copy(header)
  numbers(0, 0, statSync(database).size / pageSize, 512, pageSize).copy(header, magic.length)
  const name = Buffer.from(names)
  const sum = name.reduce((total, byte) => total + byte, 0)
  return Buffer.concat([header, numbers(0x40000000 / pageSize + 1), name, numbers(name.length, sum), magic])
}

const swapped = (value: number) => Buffer.from(new Uint32Array([value]).buffer).readUInt32BE()

test('SQLite in a command by root deletes only what the owner of the folder could', { skip }, async t => {
  const { sallyport, folder, data } = createWorld(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const [database, precious] = [join(data, 'test.db'), join(folder, 'precious')]
  const db = openDatabase(database)
  db.pragma('journal_mode = DELETE')
  db.close()
  const plain = readFileSync(database)
  const from = ['users', 'import', '--from', `sqlite:${database}`, '--map', 'username=username,password_hash=id']
  for (const args of [['users', 'list'], ['migrate'], ['doctor'], [...from, '--dry-run']]) {
    writeFileSync(precious, '')
    writeFileSync(database, plain)
    writeFileSync(`${database}-journal`, hotJournal(database, precious))
    await sallyport(args)
    t.ok(existsSync(precious), args.join(' '))
  }
  rmSync(`${database}-journal`, { force: true })
  t.match(await sallyport(['users', 'list']), { code: 0 })
})

test('the owner of the folder cannot lead a command by root to a database of root', { skip }, async t => {
  const { sallyport, folder, data } = createWorld(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const [database, victim] = [join(data, 'test.db'), join(folder, 'victim')]
  mkdirSync(victim, { mode: 0o700 })
  copyFileSync(database, join(victim, 'test.db'))
  rmSync(database)
  symlinkSync(join(victim, 'test.db'), database)
  for (const args of [['users', 'list'], ['migrate'], ['users', 'disable', 'alice']])
    t.match(await sallyport(args), { code: 1 }, args.join(' '))
  t.strictSame(readdirSync(victim), ['test.db'])
})

test('init by root in the folder of another user follows no link to where only root can write', { skip }, async t => {
  const { folder, sallyport } = createWorld(t)
  const [app, etc] = [join(folder, 'app'), join(folder, 'etc')]
  for (const path of [app, etc]) mkdirSync(path)
  chownSync(app, user, group)
  writeFileSync(join(app, 'package.json'), '{"dependencies":{"fastify":"^5.0.0"}}')
  symlinkSync(etc, join(app, 'plugins'))
  t.chdir(app)
  t.match(await sallyport(['init', '--issuer', 'https://example.com/auth']), {
    code: 1,
    err: /Cannot write .* \(EACCES\)/
  })
  t.strictSame(readdirSync(etc), [])
  t.match(await sallyport(['init', '.env', '--issuer', 'https://example.com']), { out: /User=10001$/m })
  t.equal(statSync(join(app, '.env')).uid, user)
})

test('texts that root writes below the folder of another user belong to that user', { skip }, async t => {
  const { folder, sallyport } = createWorld(t)
  const texts = join(folder, 'home', 'a', 'texts')
  t.match(await sallyport(['texts', 'init', texts]), { code: 0, err: '' })
  for (const path of [texts, join(texts, 'en'), join(texts, 'en', 'pages.txt')]) {
    const { uid, gid } = statSync(path)
    t.same([uid, gid], [user, group], path)
  }
  t.equal(process.geteuid?.(), 0)

  const own = join(folder, 'own')
  t.match(await sallyport(['texts', 'init', own]), { code: 0 })
  t.equal(statSync(join(own, 'en', 'pages.txt')).uid, 0)
})

test('the owner of a folder cannot lead texts init by root to where only root can write', { skip }, async t => {
  const { folder, sallyport } = createWorld(t)
  const [home, etc] = [join(folder, 'home'), join(folder, 'etc')]
  mkdirSync(etc)
  symlinkSync(etc, join(home, 'link'))
  for (const texts of [join(home, 'link'), join(home, 'link', 'texts')])
    t.match(await sallyport(['texts', 'init', texts]), { code: 1, err: /Cannot write .* \(EACCES\)/ }, texts)
  t.strictSame(readdirSync(etc), [])

  const texts = join(home, 'texts')
  mkdirSync(texts)
  symlinkSync(etc, join(texts, 'en'))
  t.match(await sallyport(['texts', 'init', texts]), { code: 1, err: /already exists/ })
  t.strictSame(readdirSync(etc), [])

  chmodSync(folder, 0o700)
  t.match(await sallyport(['texts', 'init', join(home, 'b')]), {
    code: 1,
    err: `Root cannot write ${home}/b/en as the owner of ${home}. Name a folder of root.\n`
  })
  t.strictSame(readdirSync(home).sort(), ['link', 'texts'])
  t.equal(process.geteuid?.(), 0)
})

test('where the owner cannot enter the folder, root stays root, and gives a restored database to the owner', {
  skip
}, async t => {
  const { sallyport, folder, data, owners } = createWorld(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  chmodSync(folder, 0o700)
  t.match(await sallyport(['users', 'list']), { code: 0, out: /alice/ })
  await sallyport(['backup', join(folder, 'backup.db')])
  t.match(await sallyport(['restore', join(folder, 'backup.db'), '--force']), { code: 0, err: '' })
  t.same(owners()['test.db'], theirs('600'))
  t.same(readdirSync(data).sort(), ['.gitignore', 'secret', 'test.db', 'test.db.before-restore'])
})
