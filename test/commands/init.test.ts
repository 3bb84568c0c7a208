import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { run } from '../../src/cli.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { loadConfig } from '../../src/wiring/load-config.ts'
import { installed } from '../support/cli.ts'
import { emptyDatabaseUrl, engines } from '../support/engines.ts'

interface Typist {
  /** The lines typed at a terminal, one for each question; without them, there is no terminal. */
  typed?: string[]
  env?: Record<string, string>
}

/** Runs `init` in the folder, and returns its exit code, its output and, with the questions, its errors. */
async function init(t: Test, folder: string, args: string[], { typed, env = {} }: Typist = {}) {
  t.chdir(folder)
  const isTTY = typed !== undefined
  const lines = [...(typed ?? [])]
  const stdin = Object.assign(new PassThrough(), { isTTY })
  if (!isTTY) stdin.end()
  const questions = new PassThrough()
  const stderr = Object.assign(new PassThrough(), {
    isTTY,
    write(chunk: string) {
      questions.write(chunk)
      if (!chunk.endsWith(': ')) return
      const line = lines.shift()
      setImmediate(() => (line === undefined ? stdin.end() : stdin.write(`${line}\n`)))
    }
  })
  const stdout = new PassThrough()
  const printed = Promise.all([text(stdout), text(questions)])
  const code = await run(['init', ...args], { stdin, stdout, stderr, env } as unknown as Streams, installed(env))
  stdout.end()
  questions.end()
  const [out, err] = await printed
  return { code, out, err }
}

const dotEnv = (folder: string, name = '.env') => readFileSync(join(folder, name), 'utf8')
const issuer = 'https://login.example.com'
const missing = 'SMTP_URL is not set, so messages are dropped.'

/** The findings that depend on how busy or full the machine is. */
const measured = /^warning: (A hash|A query|\d+ MB) .*\n/gm

/** The rows that text takes on a terminal of 100 columns, where the folder has a short name. */
const rows = (text: string, folder: string) =>
  text
    .replace(measured, '')
    .replaceAll(folder, '/srv/login')
    .split('\n')
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 100)), -1)

test('With --issuer alone, init writes the settings of a server behind a proxy, and prints the next steps', async t => {
  const folder = t.testdir()
  const { code, out, err } = await init(t, folder, ['--issuer', issuer])
  t.same([code, err], [0, ''])
  t.equal(
    dotEnv(folder),
    [
      '# Settings of Sallyport. `sallyport doctor` checks them.',
      `ISSUER=${issuer}`,
      'DATABASE_URL=sqlite:data/sallyport.db',
      'TRUST_PROXY=127.0.0.1',
      'REGISTRATION=closed',
      'SECOND_FACTOR=administrators',
      ''
    ].join('\n')
  )
  t.equal(statSync(join(folder, '.env')).mode & 0o777, 0o600)
  t.strictSame(readdirSync(folder), ['.env'], 'no database and no draft')
  t.match(out, `Wrote ${join(folder, '.env')}, which only its owner can read.\n`)
  t.match(out, `warning: ${missing}`)
  t.match(out, '\nStart the server:       NODE_ENV=production sallyport serve\n')
  t.match(out, '\n  location / { proxy_pass http://127.0.0.1:3000; }\n')
  t.match(out, `\n  WorkingDirectory=${folder}\n  User=${process.getuid?.() === 0 ? 'USER' : os.userInfo().username}\n`)
  t.notMatch(out, /metadata|does not exist|\n\n/, 'nothing that is only because the server does not run yet')
  t.ok(rows(out, folder) <= 24, out)
})

test('At a terminal, init asks for what no option gives, and asks again in the words of the setting', async t => {
  const folder = t.testdir()
  const typed = [
    ...['', 'login.example.com', 'https://example.com/auth'],
    ...['mysql://root:hunter2@db/x', `sqlite:data/it's "mine" #1.db`],
    ...['smtps://user:hun%24ter2@mail.example.com', ' Example <no-reply@example.com> '],
    ...['true', '10.0.0.2, 127.0.0.1', ''],
    'maybe',
    ''
  ]
  const { code, out, err } = await init(t, folder, ['--second-factor', 'optional'], { typed })
  t.equal(code, 0)
  t.match(err, /^ISSUER, the public URL, such as \S+: An answer is needed\.\nISSUER, /)
  t.match(err, 'ISSUER is "login.example.com", which is not valid: expected an http or https URL without query')
  t.match(err, 'DATABASE_URL is not valid: expected sqlite:path, sqlite::memory: or postgres://')
  t.match(err, 'MAIL_FROM, the sender of messages [no-reply@example.com]: ')
  t.match(err, 'TRUST_PROXY has "true": expected an IP address or a CIDR range')
  t.match(err, 'REGISTRATION is "maybe", which is not valid: expected one of open, closed\n')
  t.notMatch(err, 'SECOND_FACTOR')
  t.notMatch(`${out}${err}`, /hunter2|hun%24ter2/)
  const { databaseUrl, smtpUrl, mailFrom, trustProxy, host, registration, secondFactor } = loadConfig({}, folder)
  t.strictSame(
    { databaseUrl, smtpUrl, mailFrom, trustProxy, host, registration, secondFactor },
    {
      databaseUrl: `sqlite:data/it's "mine" #1.db`,
      smtpUrl: 'smtps://user:hun%24ter2@mail.example.com',
      mailFrom: 'Example <no-reply@example.com>',
      trustProxy: ['10.0.0.2', '127.0.0.1'],
      host: '0.0.0.0',
      registration: 'closed',
      secondFactor: 'optional'
    }
  )
  t.match(out, `  location /auth/ { proxy_pass http://${os.hostname()}:3000/; }\n`)
  t.match(
    out,
    `  location = /.well-known/oauth-authorization-server/auth { proxy_pass http://${os.hostname()}:3000; }\n`
  )
  t.ok(rows(err, folder) <= 24 && rows(out, folder) <= 24, 'one screen of questions, and one of output')
})

test('The end of the input in the middle leaves nothing', async t => {
  const folder = t.testdir()
  const { code, err } = await init(t, folder, [], { typed: [issuer, ''] })
  t.equal(code, 1)
  t.match(err, /\]: \nNothing was written\.\n$/)
  t.strictSame(readdirSync(folder), [])
})

test('Without a terminal, a missing issuer, or a wrong option, is wrong usage', async t => {
  const folder = t.testdir()
  for (const [args, err] of [
    [[], 'ISSUER is missing. Use --issuer, or run this command in a terminal.\n'],
    [['--issuer', ''], 'ISSUER is missing. Use --issuer, or run this command in a terminal.\n'],
    [['--issuer', 'none'], '--issuer: ISSUER is "none", which is not valid: expected an http or https URL'],
    [['--issuer', issuer, '--database', 'mysql://u:hunter2@db/x'], /^--database: DATABASE_URL is not valid: /],
    [
      ['--issuer', issuer, '--database', `sqlite:a'b"c\`d.db`],
      '--database: DATABASE_URL has characters that no line of .env can hold\n'
    ],
    [['--issuer', issuer, '--database', 'sqlite:a\nb=c'], '--database: DATABASE_URL is not valid'],
    [['--issuer', issuer, '--mail-from', 'a@b\nPORT=1'], '--mail-from: MAIL_FROM is ']
  ] as const)
    t.match(await init(t, folder, [...args]), { code: 2, out: '', err })
  t.strictSame(readdirSync(folder), [])
})

test('An existing file is never replaced, not even a link to nowhere', async t => {
  const folder = t.testdir({ '.env': 'PORT=1\n', rest: {} })
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'link.env'))
  const typed = [issuer]
  for (const [args, name] of [
    [[], '.env'],
    [['link.env'], 'link.env'],
    [['rest'], 'rest']
  ] as const) {
    const err = `${join(folder, name)} already exists, and was not changed. Edit it, or remove it first.\n`
    t.same(await init(t, folder, [...args], { typed }), { code: 1, out: '', err }, 'asks nothing')
  }
  t.equal(dotEnv(folder), 'PORT=1\n')
  t.notOk(existsSync(join(folder, 'elsewhere')))
})

test('Of two at the same time, one writes, and a folder that refuses a file is named', async t => {
  const folder = t.testdir({ file: '' })
  // The other process is faster than these answers.
  const typed = [issuer, '', '', '', '', '']
  const env = {}
  const slow = init(t, folder, [], { typed, env })
  writeFileSync(join(folder, '.env'), 'ISSUER=https://other.example.com\n', { flag: 'wx' })
  t.match(await slow, { code: 1, out: '', err: /\]: .*\.env already exists, and was not changed\..*\n$/ })
  t.equal(dotEnv(folder), 'ISSUER=https://other.example.com\n')
  for (const [name, error] of [
    ['none/x.env', 'ENOENT'],
    ['file/x.env', 'ENOTDIR']
  ] as const)
    t.same(await init(t, folder, [name, '--issuer', issuer]), {
      code: 1,
      out: '',
      err: `Cannot write ${join(folder, name)} (${error}).\n`
    })
  t.strictSame(readdirSync(folder), ['.env', 'file'])
})

test('A named file is in every command, and none leaves a setting out', async t => {
  const folder = t.testdir()
  const options = ['--issuer', 'http://localhost:1', '--proxy', 'none', '--mail', 'none']
  const { code, out } = await init(t, folder, ["it's.env", ...options])
  t.equal(code, 0, out)
  t.notMatch(dotEnv(folder, "it's.env"), /TRUST_PROXY|SMTP_URL/)
  const path = `${folder}/it'\\''s.env`
  for (const command of ['serve', 'setup-link', 'doctor']) t.match(out, `sallyport ${command} --env-file '${path}'\n`)
  t.match(out, `serve --env-file "${folder}/it's.env"\n`)
  t.notMatch(out.replace(measured, ''), /nginx|warning/)
})

test('The unit has the user of the command, by name or by number', async t => {
  const noName = () => {
    throw new Error('no such user')
  }
  for (const [userInfo, user] of [
    [() => ({ uid: 10_001, username: 'login' }), 'login'],
    [() => ({ uid: 0, username: 'root' }), 'USER'],
    [noName, '10001']
  ] as const)
    await t.test(user, async t => {
      t.intercept(os, 'userInfo', { value: userInfo })
      t.intercept(process, 'getuid', { value: () => 10_001 })
      const { out } = await init(t, t.testdir(), ['--issuer', issuer])
      t.match(out, `\n  User=${user}\n`)
    })
})

test('The checks and the lines for the proxy are those of the file, not of the shell', async t => {
  const folder = t.testdir()
  const database = 'postgres://login:hunter2@127.0.0.1:1/login'
  const env = { DATABASE_URL: `sqlite:${join(folder, 'x.db')}`, PORT: '8080' }
  const { code, out } = await init(t, folder, ['--issuer', issuer, '--database', database], { env })
  t.equal(code, 1)
  t.match(out, 'error: Cannot connect to PostgreSQL at 127.0.0.1:1 (ECONNREFUSED). Check the host and the port')
  t.match(out, 'proxy_pass http://127.0.0.1:3000')
})

for (const engine of engines)
  test(`init checks the database, on ${engine}`, async t => {
    const folder = t.testdir()
    const database = await emptyDatabaseUrl(t, engine)
    const { code, out } = await init(t, folder, ['--issuer', issuer, '--database', database])
    t.equal(code, 0)
    t.match(out, `warning: ${missing}`)
    t.notMatch(out, /migrations/)
    const { databaseUrl, secret } = loadConfig({}, folder)
    t.equal(databaseUrl, database)
    t.match(secret, /^[\w-]{43}$/)
    t.notMatch(out, secret)
    t.equal(/Keep a copy of its SECRET/.test(out), engine === 'postgres')
    t.equal(/^SECRET=/m.test(dotEnv(folder)), engine === 'postgres')
  })

test('What doctor finds is printed on one screen, and ends with 1', async t => {
  const folder = t.testdir()
  const { code, out } = await init(t, folder, [
    ...['--issuer', 'https://example.com/auth', '--database', 'postgres://sallyport:hunter2@127.0.0.1:1/none'],
    ...['--proxy', '10.0.0.0/8', '--registration', 'open', '--second-factor', 'optional']
  ])
  t.equal(code, 1)
  t.match(out, '\nerror: Cannot connect to PostgreSQL at 127.0.0.1:1 (ECONNREFUSED). ')
  t.match(out, '\nwarning: A password alone administers this server.')
  t.notMatch(out, 'hunter2')
  t.ok(rows(out, folder) <= 24, out)
})
