import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test } from 'tap'
import { run } from '../src/cli.ts'
import type { Streams } from '../src/commands/terminal.ts'
import { password } from './support/app.ts'
import { builtAlone } from './support/built.ts'
import { cliEnv, createCli } from './support/cli.ts'
import { startCli } from './support/cli-process.ts'
import { emptyDatabaseUrl, engines } from './support/engines.ts'
import { releasedDatabase } from './support/released.ts'
import { execute } from './support/store.ts'

test('--help of every command has an example and ends with 0', async t => {
  const { sallyport } = createCli(t)
  const checked: string[] = []
  async function check(command: string) {
    const { code, out, err } = await sallyport([...command.split(' ').filter(Boolean), '--help'])
    t.same([code, err], [0, ''], command)
    t.match(out, /Examples?.*:\n(.*\n)*? {2}\$ .*sallyport /, command)
    checked.push(command)
    const names = out.match(/(?<=Commands:\n)( {2}.*\n)+/)?.[0].matchAll(/^ {2}([a-z-]+)/gm) ?? []
    for (const [, name = ''] of names) if (name !== 'help') await check(`${command} ${name}`.trim())
  }
  await check('')
  t.ok(checked.includes('users set-password') && checked.length > 40, `${checked.length} commands`)
  const { out } = await sallyport(['help', 'users'])
  t.equal(out, (await sallyport(['users', '--help'])).out)
})

test('--version, -v and -V print the version of the package', async t => {
  const { sallyport } = createCli(t)
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  for (const option of ['--version', '-v', '-V'])
    t.same(await sallyport([option]), { code: 0, out: `${version}\n`, err: '' }, option)
})

test('Wrong usage ends with 2 and an explanation on standard error', async t => {
  const { sallyport } = createCli(t)
  for (const [args, message] of [
    [[], 'Usage: sallyport'],
    [['users'], 'Usage: sallyport users'],
    [['user'], "error: unknown command 'user'\n(Did you mean users?)"],
    [['users', 'create'], "error: missing required argument 'name'\n(add --help for usage and examples)"],
    [['users', 'create', 'a', 'b'], 'error: too many arguments'],
    [['users', 'show', 'a', '--xml'], "error: unknown option '--xml'"],
    [['users', 'create', 'alice', '--password', 'x'], "error: unknown option '--password'"],
    ...[['backup'], ['restore'], ['users', 'import'], ['users', 'export']].map(
      command => [[...command, ''], 'The name of the file is empty.\n'] as const
    ),
    [['clients', 'create', 'web', '--scopes', 'me'], "error: required option '--grants <list>' not specified"]
  ] as const) {
    const { code, out, err } = await sallyport([...args])
    t.same([code, out], [2, ''], args.join(' '))
    t.ok(err.includes(message), err)
  }
})

test('Only serve, migrate, setup-link, users create and users import make a database', async t => {
  const { sallyport, env } = createCli(t, {}, { hasDatabase: false })
  const path = String(env.DATABASE_URL).slice('sqlite:'.length)
  const err = `No database at ${path}. Run this command in the folder of the server, or set DATABASE_URL. To create a database, run \`sallyport serve\` or \`sallyport migrate\`.\n`
  for (const command of [
    ...['users list', 'users show a', 'users delete a', 'users invite a --email a@example.com', 'users export'],
    ...['users update a --grant me', 'clients list', 'clients create web --public --grants password --scopes me'],
    ...['sessions list a', 'sessions end a', 'sessions end --all --yes', 'keys list', 'keys rotate', 'audit tail'],
    ...['audit export', 'audit verify', 'audit export --public-key', `backup ${join(dirname(path), 'copy.db')}`]
  ])
    t.same(await sallyport(command.split(' ')), { code: 1, out: '', err }, command)
  t.match(await sallyport(['users', 'set-password', 'a', '--password-stdin'], password), { code: 1, err })
  t.notOk(existsSync(dirname(path)), 'no folder and no secret either')
})

test('users create, users import and migrate make a database, and name its files', async t => {
  const rows = join(t.testdir({ 'users.ndjson': '' }), 'users.ndjson')
  const upToDate = 'The database is up to date.\n'
  for (const args of [['users', 'create', 'alice', '--password-stdin'], ['users', 'import', rows], ['migrate']]) {
    const env = cliEnv(t.testdir({ 'users.ndjson': '' }))
    const path = env.DATABASE_URL?.slice('sqlite:'.length) as string
    const secret = join(dirname(path), 'secret')
    const { sallyport } = createCli(t, env)
    t.match(await sallyport(args, password), { code: 0, err: `Created ${path} and ${secret}.\n` }, args.join(' '))
    t.ok(existsSync(path) && existsSync(secret), args.join(' '))
    t.match(await sallyport(['users', 'list']), { code: 0, err: /^$/ })
    t.same(await sallyport(['migrate']), { code: 0, out: upToDate, err: '' }, 'it can be repeated')
  }
})

test('A command makes no tables in a database that has none, such as that of another program', async t => {
  const url = await emptyDatabaseUrl(t)
  await execute(url, 'CREATE TABLE orders (id TEXT)')
  const { sallyport } = createCli(t, { DATABASE_URL: url, SECRET: 'a secret of the tests, 32 bytes or more' })
  const err =
    'DATABASE_URL names a database without tables of Sallyport. Check DATABASE_URL, or run `sallyport migrate` to create the tables.\n'
  t.same(await sallyport(['users', 'list']), { code: 1, out: '', err })
  t.match(await sallyport(['migrate']), { code: 0 })
  t.match(await sallyport(['users', 'list']), { code: 0 })
})

test('--env-file names the settings of every command in place of .env, before or after its name', async t => {
  const folder = t.testdir({ '.env': 'PROT=1\n', 'auth.env': 'PORT=wrong\n', 'other.env': 'LOG_LEVEL=silent\n' })
  t.chdir(folder)
  const { sallyport } = createCli(t, { DATABASE_URL: 'sqlite:kept/here.db' })
  const misspelled = 'The settings are not valid: PROT in .env is not a setting. Did you mean PORT?\n'
  t.same(await sallyport(['users', 'list']), { code: 1, out: '', err: misspelled })
  t.match(await sallyport(['--env-file', 'other.env', 'migrate']), { code: 0 })
  t.same(await sallyport(['users', 'list', '--json', '--env-file', 'other.env']), { code: 0, out: '[]\n', err: '' })
  t.match(await sallyport(['doctor', '--json', '--env-file=auth.env']), { out: /"PORT is \\"wrong\\", which is not/ })
  for (const command of [['serve'], ['users', 'list'], ['restore', 'x']])
    t.same(await sallyport([...command, '--env-file', 'none.env']), {
      code: 1,
      out: '',
      err: 'The settings are not valid: Cannot read none.env (ENOENT)\n'
    })
})

test('Openapi prints the document even with invalid settings', async t => {
  const { sallyport } = createCli(t, { PORT: 'wrong' })
  const { code, out, err } = await sallyport(['openapi'])
  t.same([code, err], [0, ''])
  t.match(JSON.parse(out), { openapi: '3.1.0', info: { title: 'Sallyport' } })
})

test('Every wrong setting is named on standard error', async t => {
  const { sallyport } = createCli(t, { PORT: 'http', BCRYPT_COST: '3', TRUST_PROXY: '1' })
  for (const command of ['serve', 'migrate']) {
    t.same(await sallyport([command]), {
      code: 1,
      out: '',
      err: [
        'The settings are not valid:',
        '  - PORT is "http", which is not valid: expected a whole number from 0 to 65535',
        '  - BCRYPT_COST is 3, which is not valid: expected a whole number from 4 to 16',
        '  - TRUST_PROXY has "1": expected an IP address or a CIDR range such as 10.0.0.0/8; "true", a hop count or /0 would let any client forge its address',
        ''
      ].join('\n')
    })
  }
})

for (const engine of engines)
  test(`An upgrade says on standard error that it migrates a database of this size, on ${engine}`, async t => {
    const { url } = await releasedDatabase(t, '0.2.0', engine)
    const { sallyport } = createCli(t, { DATABASE_URL: url, SECRET: 'a secret of the tests, 32 bytes or more' })
    const { code, err } = await sallyport(['migrate'])
    t.equal(code, 0)
    t.match(err, /^Migrating the database, which has \d+ MB\.\n$/)
    t.match(await sallyport(['migrate']), { code: 0, err: '' })
  })

test('A database that cannot be opened is reported in one line, without its password', async t => {
  const secret = 'a secret of the tests, 32 bytes or more'
  const { sallyport } = createCli(t, { DATABASE_URL: 'postgres://sallyport:hunter2@127.0.0.1:1/none', SECRET: secret })
  const { code, out, err } = await sallyport(['migrate'])
  t.same([code, out], [1, ''])
  t.match(
    err,
    /^Cannot connect to PostgreSQL at 127\.0\.0\.1:1 \(ECONNREFUSED\)\. Check the host and the port in DATABASE_URL, .*\n$/
  )
  t.notMatch(err, 'hunter2')
})

test('A bug in the program is reported with its stack', async t => {
  const { env } = createCli(t)
  let err = ''
  const stderr = Object.assign(new PassThrough(), { write: (text: string) => (err += text) })
  const stdout = Object.assign(new PassThrough(), {
    write() {
      throw new Error('a bug')
    }
  })
  t.equal(await run(['migrate'], { stdin: new PassThrough(), stdout, stderr, env } as unknown as Streams), 1)
  t.match(err, /^Error: a bug\n {4}at /)
})

test('The process reads the environment and .env of the working folder, without warnings', async t => {
  const folder = t.testdir({ '.env': 'DATABASE_URL=sqlite:kept/here.db\nSECRETS=x\n' })
  const start = (...args: string[]) => startCli(t, args, {}, { cwd: folder, command: builtAlone })
  const refused = start('users', 'list', '--json')
  t.same(await refused.exit, [1, null])
  t.equal(await refused.err, 'The settings are not valid: SECRETS in .env is not a setting. Did you mean SECRET?\n')
  t.testdir({ '.env': 'DATABASE_URL=sqlite:kept/here.db\n' })
  t.same(await start('migrate').exit, [0, null])
  const listed = start('users', 'list', '--json')
  t.same(await listed.exit, [0, null])
  t.equal(await listed.err, '')
  t.equal(listed.out.text(), '[]\n')
  t.match(readFileSync(join(folder, 'kept', 'secret'), 'utf8'), /^[\w-]{43}\n$/)
})

test('A reader that closes the pipe early ends the command without an error', async t => {
  const { child, exit, err } = startCli(t, ['openapi'], {}, { command: builtAlone })
  child.stdout.destroy()
  t.same(await exit, [0, null])
  t.equal(await err, '')
})

test('A server on a terminal logs readable text, and JSON in CI', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  for (const more of [{}, { CI: 'true' }]) {
    let err = ''
    const stderr = Object.assign(new PassThrough(), { write: (text: string) => (err += text) })
    const stdout = Object.assign(new PassThrough(), { isTTY: true })
    const env = { ...cliEnv(t.testdir()), PORT: String(port), ...more }
    t.equal(await run(['serve'], { stdin: new PassThrough(), stdout, stderr, env } as unknown as Streams), 1)
    t.match(err, `Port ${port} is already in use`)
  }
})
