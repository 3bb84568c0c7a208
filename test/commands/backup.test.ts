import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { bearer, logIn, password, postForm } from '../support/app.ts'
import { createCli, withService } from '../support/cli.ts'

/** The commands on a database with the account alice, and a folder for backups. */
async function createWorld(t: Test) {
  const cli = createCli(t)
  const database = String(cli.env.DATABASE_URL).slice('sqlite:'.length)
  const data = join(database, '..')
  const backups = join(data, '..', 'backups')
  mkdirSync(backups)
  await cli.sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const files = () => readdirSync(data)
  return { ...cli, database, data, backups, files, file: join(backups, 'backup.db') }
}

/** The contents of the files in the folder. */
const contents = (folder: string) => readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'hex')])

function alter(path: string, statements: string) {
  const db = openDatabase(path)
  db.exec(statements)
  db.close()
}

test('Backup reports its contents and that the secret is not included', async t => {
  const { sallyport, file, backups } = await createWorld(t)
  const { code, out, err } = await sallyport(['backup', file])
  const bytes = statSync(file).size
  t.same([code, err], [0, ''])
  t.equal(
    out,
    [
      `file      ${file}`,
      'accounts  1',
      'clients   0',
      'keys      1',
      'sessions  0',
      `bytes     ${bytes}`,
      'The backup does not contain the secret (SECRET, or the file `secret` beside the database). Keep a copy of it in another place.',
      ''
    ].join('\n')
  )
  t.same(await sallyport(['backup', file]), {
    code: 1,
    out: '',
    err: `${file} already exists. Choose another name, or add --force to replace it.\n`
  })
  const json = await sallyport(['backup', file, '--force', '--json'])
  t.same([json.code, json.err], [0, ''])
  t.same(JSON.parse(json.out), { file, accounts: 1, clients: 0, keys: 1, sessions: 0, bytes })
  t.same(readdirSync(backups), ['backup.db'])
})

test('After a restore users log in with the passwords of the backup, and earlier sessions have ended', async t => {
  const { sallyport, env, file, database, files } = await createWorld(t)
  // The server runs during the backup.
  const tokens = await withService(env, async app => {
    const tokens = await logIn(app)
    t.match(JSON.parse((await sallyport(['backup', file, '--json'])).out), { accounts: 1, sessions: 1 })
    t.equal((await app.inject({ url: '/users/me', headers: bearer(tokens.access_token) })).statusCode, 200)
    return tokens
  })
  await sallyport(['users', 'set-password', 'alice', '--password-stdin'], 'purple monkey dishwasher lamp')
  await sallyport(['users', 'create', 'bob', '--password-stdin'], password)

  t.same(await sallyport(['restore', file]), {
    code: 1,
    out: '',
    err: `${database} already exists. Stop the server, and add --force to replace the database, which is kept under another name.\n`
  })
  t.same(await sallyport(['restore', file, '--force']), {
    code: 0,
    out: `Restored ${database}: 1 account(s), 0 client(s), 1 key(s). Ended 1 login(s). The previous database is ${database}.before-restore.\n`,
    err: ''
  })
  t.same(files(), ['.gitignore', 'secret', 'test.db', 'test.db.before-restore'])

  await withService(env, async app => {
    const fresh = await logIn(app)
    t.equal((await app.inject({ url: '/users/me', headers: bearer(fresh.access_token) })).statusCode, 200)
    t.equal((await app.inject({ url: '/users/me', headers: bearer(tokens.access_token) })).statusCode, 401)
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
    t.match((await postForm(app, '/token', refresh)).json(), { error: 'invalid_grant' })
    await t.rejects(app.userAdmin.byIdOrName('bob'))
  })
  const db = openDatabase(database, { readonly: true })
  const trail = db.prepare("SELECT actor, detail FROM audit WHERE action = 'session.ended'").all()
  db.close()
  t.same(trail, [{ actor: 'cli', detail: '{"reason":"restored from a backup","sessions":1}' }])
})

test('--keep-logins does not end sessions', async t => {
  const { sallyport, env, file, database } = await createWorld(t)
  const tokens = await withService(env, logIn)
  await sallyport(['backup', file])
  rmSync(database)
  const { out } = await sallyport(['restore', file, '--keep-logins', '--json'])
  t.same(JSON.parse(out), { database, accounts: 1, clients: 0, keys: 1, sessions: 1, logins_ended: 0, kept: null })
  t.equal(
    (await sallyport(['restore', file, '--keep-logins', '--force'])).out,
    `Restored ${database}: 1 account(s), 0 client(s), 1 key(s). The previous database is ${database}.before-restore.\n`
  )
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  t.equal(await withService(env, async app => (await postForm(app, '/token', refresh)).statusCode), 200)
})

test('A bad backup is refused with the reason, and nothing changes', async t => {
  const { sallyport, data, backups, file, env } = await createWorld(t)
  await sallyport(['backup', file])
  writeFileSync(join(backups, 'text.db'), 'not a database, and long enough to be one'.repeat(20))
  alter(join(backups, 'other.db'), 'CREATE TABLE users (id)')
  writeFileSync(join(backups, 'short.db'), readFileSync(file).subarray(0, 8 * 4096))
  writeFileSync(join(backups, 'newer.db'), readFileSync(file))
  alter(join(backups, 'newer.db'), "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('', 9000000000000)")
  const before = contents(data)
  for (const [path, message] of [
    [join(backups, 'text.db'), 'is not a SQLite database.'],
    [join(backups, 'other.db'), 'is not a Sallyport database.'],
    [join(backups, 'short.db'), 'is damaged: '],
    [join(backups, 'newer.db'), 'is from a newer version of Sallyport. Use that version or a later one.']
  ] as const) {
    const content = readFileSync(path)
    const { code, out, err } = await sallyport(['restore', path, '--force'])
    t.same([code, out], [1, ''], path)
    t.ok(err.startsWith(`${path} ${message}`), err)
    t.match(err, /^.*\n$/, 'one line')
    t.same(readFileSync(path), content)
    t.same(contents(data), before, path)
  }
  const { code, err } = await createCli(t, { ...env, SECRET: 'another secret, of 32 characters or more' }).sallyport([
    'restore',
    file,
    '--force'
  ])
  t.equal(code, 1)
  t.equal(
    err,
    'The settings are not valid: SECRET does not match this database. Use the SECRET that encrypted its signing keys. To change it, set the old one as SECOND_SECRET, and run `sallyport secret rotate`; if the old one is lost, run `sallyport secret discard`\n'
  )
  t.same(contents(data), before)
})

test('A backup of before a change of the secret is restored with the old secret as the second one', async t => {
  const { sallyport, env, file, database } = await createWorld(t)
  await sallyport(['backup', file])
  const secrets = {
    SECRET: 'another secret, of 32 characters or more',
    SECOND_SECRET_FILE: join(database, '..', 'secret')
  }
  const changed = createCli(t, { ...env, ...secrets })
  t.match(await changed.sallyport(['restore', file, '--force']), { code: 0 })
  t.match(await changed.sallyport(['secret', 'rotate']), { code: 0, out: /^Encrypted with SECRET: 1 signing key/ })
  t.match(await createCli(t, { ...env, SECRET: secrets.SECRET }).sallyport(['keys', 'list']), { code: 0 })
})

test('Restore makes no secret when it is missing, because the backup needs the old one', async t => {
  const { sallyport, env, file, database } = await createWorld(t)
  await sallyport(['backup', file])
  const folder = join(database, '..')
  rmSync(folder, { recursive: true })
  t.match(await sallyport(['restore', file]), {
    code: 1,
    out: '',
    err: /^The settings are not valid: SECRET is not set, and .*\/secret is missing\. .* Restore the file, or set SECRET\. If it is lost, /
  })
  t.notOk(existsSync(folder))
  t.match(await createCli(t, { ...env, SECRET: 'x'.repeat(40) }).sallyport(['restore', file]), {
    code: 1,
    err: /SECRET/
  })
})

test('Backup and restore of PostgreSQL or a database in memory are usage errors', async t => {
  const file = join(t.testdir(), 'backup.db')
  const secret = 'a secret of the tests, 32 bytes or more'
  const [server, memory] = ['postgres://127.0.0.1:1/none', 'sqlite::memory:']
  const names = (tool: string) => `This command is for SQLite, but DATABASE_URL names PostgreSQL. Use ${tool}.\n`
  const noFile = 'DATABASE_URL names an in-memory database, which has no file.\n'
  for (const [url, command, err] of [
    [server, 'backup', names('pg_dump')],
    [server, 'restore', names('pg_restore')],
    [memory, 'backup', noFile],
    [memory, 'restore', noFile]
  ] as const) {
    const { sallyport } = createCli(t, { DATABASE_URL: url, SECRET: secret })
    t.same(await sallyport([command, file]), { code: 2, out: '', err })
  }
  t.notOk(existsSync(file))
})
