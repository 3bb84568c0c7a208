import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { run } from '../../src/cli.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { logIn, password } from '../support/app.ts'
import { createCli, withService } from '../support/cli.ts'
import { leapingTime } from '../support/clocks.ts'
import { anyEngine, databaseUrl, type EngineName, emptyDatabaseUrl, engines } from '../support/engines.ts'
import { createForeign } from '../support/foreign.ts'
import { pgTest } from '../support/pg-test.ts'
import { auditTrail, execute } from '../support/store.ts'

// bcrypt of the password of the tests at cost 4, as passlib, PHP and Supabase write it.
const hash = '$2b$04$6qp2kIPwWTm2Gw4LVx.exur/s7RbrZwycOv3vaUAayBtuSryDPMC2'
const secret = 'a secret of the tests, 32 bytes or more'

/** The commands on a database of `engine`, and a folder for files. */
async function createWorld(t: Test, engine: EngineName = anyEngine) {
  const folder = t.testdir()
  const url = await databaseUrl(t, engine)
  const settings = { ISSUER: 'https://auth.example.com', BCRYPT_COST: '4', LOG_LEVEL: 'silent', PORT: '0' }
  const cli = createCli(t, { ...settings, DATABASE_URL: url, SECRET: secret })
  await cli.sallyport(['migrate'])
  const bring = (...args: string[]) => cli.sallyport(['users', 'import', ...args])
  const file = (content: string, name = 'users.csv') => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const users = async () => JSON.parse((await cli.sallyport(['users', 'list', '--json'])).out)
  const names = async () => (await users()).map(({ username }: { username: string }) => username)
  const actions = async () =>
    (await auditTrail(t, url)).map(({ action }) => action).filter(action => action.startsWith('user'))
  return { ...cli, bring, url, folder, file, users, names, actions }
}

const header = 'username,email,password_hash\n'
const counts = (created: number, unchanged: number, skipped: number, unit = 'line') =>
  `${created} account(s) created, ${unchanged} unchanged, ${skipped} ${unit}(s) skipped.\n`
/** The report of an import if it created this number of addresses, and none is verified. */
const unverified = (addresses: number) =>
  `0 of ${addresses} address(es) are verified, so no user can log in with one. --trust-emails verifies them when it creates the accounts, and not later.\n`

test('Accounts of a CSV file log in with their passwords, and a second import changes nothing', async t => {
  const { bring, env, file, names } = await createWorld(t)
  const path = file(`${header}Alice,alice@example.com,${hash}\nbob,,${hash}\n`)
  t.same(await bring(path), { code: 0, out: `${counts(2, 0, 0)}${unverified(1)}`, err: '' })
  t.same(await names(), ['alice', 'bob'])
  await withService(env, async app => {
    t.match(await logIn(app), { token_type: 'Bearer', scope: 'me' })
    t.match(await logIn(app, { password: 'another password' }), { error: 'invalid_grant' })
    t.match(await app.db.users.byUsername('alice'), { passwordHash: /^\$bcrypt-sha256\$/ }, 'upgraded at the login')
  })
  // The hash of alice was upgraded, so nothing proves that this is the same account.
  const err = 'line 2 (alice): skipped, username is taken by an account with another password\n'
  t.same(await bring(path), { code: 3, out: counts(0, 1, 1), err })
})

for (const source of engines)
  test(`Presets import a ${source} database with its groups, metadata and disabled users`, async t => {
    const { bring, folder, users } = await createWorld(t)
    const json = source === 'sqlite' ? 'text' : 'jsonb'
    const statements = `
      CREATE TABLE auth_user (id integer, username text, password text, is_staff boolean, is_superuser boolean, is_active boolean);
      INSERT INTO auth_user VALUES
        (1, 'alice', '${hash}', true, true, true), (2, 'bob', '${hash}', false, false, false), (3, 'carl', 'x', false, false, true);
      CREATE TABLE auth_group (id integer PRIMARY KEY, name text);
      INSERT INTO auth_group VALUES (1, 'writers'), (2, 'editors');
      CREATE TABLE auth_user_groups (id integer, user_id integer, group_id integer);
      INSERT INTO auth_user_groups VALUES (1, 1, 1), (2, 1, 2);
      CREATE TABLE members (email text, encrypted_password text, raw_user_meta_data ${json}, raw_app_meta_data ${json});
      INSERT INTO members VALUES ('dora@example.com', '${hash}', '{"email": "dora@example.com", "theme": "dark, 😀"}',
        '{"provider": "email", "roles": ["editor"], "tenant": {"id": 7}}')`
    const path = `sqlite:${join(folder, 'their.db')}`
    if (source === 'sqlite') await execute(path, statements)
    const from = ['--from', source === 'sqlite' ? path : await createForeign(t, source, statements)]
    t.same(await bring('--preset', 'django', ...from), {
      code: 3,
      out: [
        counts(2, 0, 1, 'row').trimEnd(),
        '1 account(s) have claims, which APIs may take for rights.',
        '1 administrator(s) were imported with the scopes of a normal account: see `sallyport users update --help`.',
        ''
      ].join('\n'),
      err: 'Ignored columns: id.\nrow 3 (carl): skipped, password_hash has an unsupported format\n'
    })
    t.match(await bring('--preset', 'supabase', ...from, '--table', 'members'), { code: 0 })
    const [alice, bob, dora] = await users()
    const claims = { roles: ['staff'], groups: ['editors', 'writers'] }
    t.match(alice, { claims, data: {}, scopes: ['me'], disabled: false })
    t.match(bob, { claims: {}, disabled: true })
    t.match(dora, { username: 'dora.example.com', data: { theme: 'dark, 😀' } })
    t.strictSame(dora.claims, { roles: ['editor'], tenant: { id: 7 } })
  })

test('An export that is imported into an empty database keeps ids, hashes, scopes, data, claims and invitations', async t => {
  const { bring, sallyport, env, folder, file, users } = await createWorld(t)
  const object = { username: 'carl', email: 'c@example.com', password_hash: `!${'a'.repeat(43)}` }
  const data = { 'a"b,\'': ['愛😀\u2028\r\n\\', null, 1.5, { c: [] }] }
  const claims = { roles: ['a,b', '"c"'], tenant: '' }
  const carl = { ...object, data, claims, invited_at: '2026-01-31T12:00:00.123Z' }
  t.match(await bring(file(JSON.stringify(carl), 'carl.ndjson')), { code: 0 })
  await sallyport(['users', 'create', 'alice', '--admin', '--email', 'a@example.com', '--password-stdin'], password)
  await sallyport(['users', 'create', 'bob', '--full-name', 'Bob "B", the Builder', '--password-stdin'], password)
  await sallyport(['users', 'update', 'bob', '--disable'])
  const here = await users()
  t.match(here[2], { username: 'carl', data, claims, invited_at: carl.invited_at })
  const path = join(folder, 'all.csv')
  t.same(await sallyport(['users', 'export', path]), { code: 0, out: '', err: '' })
  const other = { ...env, DATABASE_URL: await emptyDatabaseUrl(t) }
  const { sallyport: elsewhere } = createCli(t, other)
  t.match(await elsewhere(['users', 'import', path]), { code: 0 })
  const there = JSON.parse((await elsewhere(['users', 'list', '--json'])).out)
  const timeless = ({ updated_at, ...user }: Record<string, unknown>) => user
  t.same(there.map(timeless), here.map(timeless))
  await withService(other, async app => t.match(await logIn(app), { token_type: 'Bearer' }))
})

pgTest(
  'An account of Supabase brings its factor, its identity, and by a view what is accepted of its data',
  async t => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/moving-from-supabase.md'), 'utf8')
    const [, view = ''] = /```sql\n(.*?)```\n/s.exec(page) ?? []
    const { bring, users } = await createWorld(t)
    const id = randomUUID()
    const from = await createForeign(
      t,
      'postgres',
      `CREATE SCHEMA auth;
     CREATE TABLE auth.users
       (id uuid, email text, encrypted_password text, banned_until timestamptz, raw_user_meta_data jsonb);
     INSERT INTO auth.users VALUES ('${id}', 'alice@example.com', '${hash}', 'infinity',
       '{"avatar": "${'x'.repeat(5000)}", "theme": "dark", "full_name": "Alice"}');
     CREATE TABLE auth.identities (provider_id text, user_id uuid, provider text);
     INSERT INTO auth.identities VALUES ('1', '${id}', 'google'), ('2', '${id}', 'github');
     CREATE TYPE auth.factor_type AS ENUM ('totp', 'phone');
     CREATE TYPE auth.factor_status AS ENUM ('unverified', 'verified');
     CREATE TABLE auth.mfa_factors (user_id uuid, factor_type auth.factor_type, status auth.factor_status, secret text);
     INSERT INTO auth.mfa_factors VALUES ('${id}', 'totp', 'unverified', 'x'), ('${id}', 'phone', 'verified', NULL),
       ('${id}', 'totp', 'verified', 'JBSWY3DPEHPK3PXP');
     ${view}`
    )
    const preset = ['--preset', 'supabase', '--from', from]
    t.match(await bring(...preset), { code: 3, err: 'skipped, data is' })
    const imported = await bring(...preset, '--table', 'moving.users', '--map', 'data=kept')
    t.match(imported, { code: 0, out: '1 account(s) keep their authenticator app' })
    t.match(imported.out, '1 account(s) at other issuers are linked')
    const [alice] = await users()
    t.match(alice, { full_name: 'Alice', disabled: true })
    t.strictSame(alice.data, { theme: 'dark', full_name: 'Alice' })
  }
)

test('--dry-run reports every row and writes nothing', async t => {
  const { bring, file, names, actions } = await createWorld(t)
  const path = file(`${header}alice,,${hash}\nbob,nonsense,${hash}\n`)
  const lines = [
    'line 2 (alice): to be created',
    'line 3 (bob): skipped, email is not an e-mail address',
    '1 account(s) to be created, 0 unchanged, 1 line(s) skipped.',
    'Nothing was written.',
    ''
  ]
  t.same(await bring(path, '--dry-run'), { code: 3, out: lines.join('\n'), err: '' })
  t.same([await names(), await actions()], [[], []])
  await bring(path)
  t.match((await bring(path, '--dry-run', '--strict')).out, 'line 2 (alice): unchanged\n')
})

test('--strict writes nothing when a row would be skipped, and everything when none would', async t => {
  const { bring, file, names, actions } = await createWorld(t)
  const rows = `${header}alice,,${hash}\nbob,,${hash}\n`
  t.same(await bring(file(`${rows}Bob,,${hash}\n`), '--strict'), {
    code: 1,
    out: '2 account(s) to be created, 0 unchanged, 1 line(s) skipped.\nNothing was written.\n',
    err: 'line 4 (bob): skipped, username is the same as in line 3\n'
  })
  t.same([await names(), await actions()], [[], []])
  t.same(await bring(file(rows), '--strict'), { code: 0, out: counts(2, 0, 0), err: '' })
  t.same([await names(), await actions()], [['alice', 'bob'], ['users.imported']])
})

test('--json prints a line for each reported row, and a summary', async t => {
  const { bring, file } = await createWorld(t)
  const path = file(`${header}alice,,${hash}\nbob@example.com,,${hash}\ncarl,,\n`)
  const lines = async (...options: string[]) => {
    const { code, out, err } = await bring(path, '--json', ...options)
    t.equal(err, '')
    const printed = out.trim().split('\n')
    return [code, ...printed.map(line => JSON.parse(line))]
  }
  const bad = { line: 4, username: 'carl', result: 'skipped', reason: 'password_hash is missing' }
  const found = { created: 2, unchanged: 0, skipped: 1, renamed: 1 }
  const factors = { second_factors: 0, lost_factors: 0 }
  const rest = { addresses: 0, verified: 0, superusers: 0, claims: 0, identities: 0, ...factors, complete: true }
  t.same(await lines('--dry-run'), [
    3,
    { line: 2, username: 'alice', result: 'created' },
    { line: 3, username: 'bob.example.com', result: 'created' },
    bad,
    { ...found, ...rest, dry_run: true }
  ])
  t.same(await lines('--strict'), [1, bad, { ...found, ...rest, dry_run: true }])
  t.same(await lines(), [3, bad, { ...found, ...rest, dry_run: false }])
})

test('An imported authenticator app is asked for at the login, and one that stays behind is counted', async t => {
  const { bring, file, env } = await createWorld(t)
  const rows = `alice,${hash},JBSWY3DPEHPK3PXP,1\nbob,${hash},,1\ncarl,${hash},,0\n`
  const { code, out } = await bring(file(`username,password_hash,totp_secret,second_factor\n${rows}`))
  t.equal(code, 0)
  t.match(out, '1 account(s) keep their authenticator app, and have no recovery codes.\n')
  t.match(out, '1 account(s) had a second factor that stays behind: they log in with the password alone.\n')
  await withService(env, async app => {
    t.match(await logIn(app, { username: 'bob' }), { token_type: 'Bearer' })
    t.match(await logIn(app), { error: 'insufficient_authorization', factors: ['otp'] })
    const { HOTP, Secret } = await import('otpauth')
    const counter = Math.floor(Date.now() / 30_000)
    const otp = HOTP.generate({ secret: Secret.fromBase32('JBSWY3DPEHPK3PXP'), counter })
    t.match(await logIn(app, { otp }), { token_type: 'Bearer' })
  })
})

test('--map names the columns, alone or with a preset', async t => {
  const { bring, file, names } = await createWorld(t)
  const people = file(`login,mail,digest,email\nalice,a@example.com,${hash},nonsense\n`)
  t.match(await bring(people, '--map', 'username=login,email=mail,password_hash=digest'), { code: 0 })
  const template = file(`mail,hashed_password,is_active\nbob@example.com,${hash},1\n`)
  t.match(await bring(template, '--preset', 'fastapi-template', '--map', 'username=mail'), { code: 0 })
  t.same(await names(), ['alice', 'bob.example.com'])
})

test('An import reports usernames that were addresses, and administrators; --trust-emails verifies addresses', async t => {
  const { bring, users, file } = await createWorld(t)
  const row = (email: string, isSuperuser: boolean) => `${email},${hash},${isSuperuser}\n`
  const rows = [row('alice@example.com', true), row('bob@example.com', false), row('nonsense', true), 'short\n']
  const path = file(`email,hashed_password,is_superuser\n${rows.join('')}`)
  t.same(await bring(path, '--preset', 'fastapi-users', '--trust-emails'), {
    code: 3,
    out: [
      counts(2, 0, 2).trimEnd(),
      'In 2 username(s), a dot replaces the @, as in alice.example.com. Users with a verified address can still log in with it.',
      '1 administrator(s) were imported with the scopes of a normal account: see `sallyport users update --help`.',
      ''
    ].join('\n'),
    err: 'line 4 (nonsense): skipped, email is not an e-mail address\nline 5: skipped, has 1 values for 3 columns\n'
  })
  t.match(await users(), [
    { username: 'alice.example.com', email_verified: true, scopes: ['me'] },
    { username: 'bob.example.com', email_verified: true }
  ])
})

test('An import without a verified address says so, and what would verify them, before and after', async t => {
  const { bring, file } = await createWorld(t)
  const path = file(`${header}alice,a@example.com,${hash}\nbob,b@example.com,${hash}\ncarl,,${hash}\n`)
  const out = async (...args: string[]) => (await bring(...args)).out
  t.ok((await out(path, '--dry-run')).endsWith(unverified(2)))
  t.notMatch(await out(path, '--dry-run', '--trust-emails'), '--trust-emails')
  t.equal(await out(path), `${counts(3, 0, 0)}${unverified(2)}`)
  t.equal(await out(path, '--trust-emails'), counts(0, 3, 0))
  const one = file('username,email,email_verified,password_hash\nd,d@example.com,1,!\ne,e@example.com,0,!\n')
  t.equal(await out(one), counts(2, 0, 0), 'the source knows')
})

test('The format comes from the name of the file, or from --format', async t => {
  const { bring, file, names } = await createWorld(t)
  const object = (username: string) => `${JSON.stringify({ username, password_hash: hash })}\n`
  const row = (username: string) => `${header}${username},,${hash}\n`
  for (const [content, name, ...options] of [
    [object('a'), 'users.ndjson'],
    [object('b'), 'USERS.JSONL'],
    [object('c'), 'users', '--format', 'ndjson'],
    [row('d'), 'Users.CSV'],
    [row('e'), 'users.txt', '--format', 'csv']
  ] as const)
    await bring(file(content, name), ...options)
  t.same(await names(), ['a', 'b', 'c', 'd', 'e'])
})

test('Wrong usage of an import ends with 2 before anything is opened (scenario table)', async t => {
  const { bring, file, folder } = await createWorld(t)
  const path = file(header)
  const sqlite = `sqlite:${join(folder, 'their.db')}`
  for (const [args, message] of [
    [[], 'Specify either a file, or a database with --from.\n'],
    [[path, '--from', sqlite], 'Specify either a file, or a database with --from.\n'],
    [[file(header, 'users.txt')], `The format of ${join(folder, 'users.txt')} is unknown. Add --format csv or`],
    [
      [path, '--format', 'xml'],
      "error: option '--format <format>' argument 'xml' is invalid. Allowed choices are csv, ndjson."
    ],
    [
      [path, '--preset', 'rails'],
      "error: option '--preset <application>' argument 'rails' is invalid. Allowed choices"
    ],
    [[path, '--map', 'username'], '--map has "username": expected FIELD=COLUMN.\n'],
    [[path, '--map', 'username='], '--map has "username=": expected FIELD=COLUMN.\n'],
    [[path, '--map', 'name=login'], '--map has name: expected one of id, username, email,'],
    ...['mysql://localhost/app', 'sqlite:', 'sqlite:///', 'sqlite://test.db', 'postgres://['].map(
      from => [['--from', from, '--preset', 'django'], '--from must be sqlite:PATH or postgres://USER@HOST/'] as const
    ),
    [['--from', sqlite, '--map', 'username=a'], 'Specify the table with --table, or an application with --preset.\n'],
    [['--from', sqlite, '--table', 'users'], 'Specify the columns with --map or --preset.\n']
  ] as const) {
    const { code, out, err } = await bring(...args)
    t.same([code, out, err.startsWith(message)], [2, '', true], `${args.join(' ')}: ${err}`)
  }
})

test('An unusable source ends with 1 and creates no database (scenario table)', async t => {
  const { sallyport, env } = createCli(t, {}, { hasDatabase: false })
  const folder = t.testdir({ 'empty.csv': '', 'bare.csv': 'login,hash\n' })
  const [their, bare] = [join(folder, 'their.db'), join(folder, 'bare.csv')]
  await execute(`sqlite:${their}`, 'CREATE TABLE people (id integer, login text, hash text)')
  for (const [args, message] of [
    [[join(folder, 'missing.csv')], `File not found: ${join(folder, 'missing.csv')}.`],
    [[join(folder, 'empty.csv')], `${join(folder, 'empty.csv')} is empty. The first line must name the columns.`],
    [[bare], `No column for password_hash: ${bare} has the columns login, hash. Choose one with --map`],
    [[bare, '--map', 'password_hash=hash'], `No column for username: ${bare} has the columns login, hash.`],
    [['--from', `sqlite:${their}`, '--preset', 'django'], `There is no table auth_user in ${their}. Tables: people.`],
    [['--from', `sqlite:///${their}.old`, '--preset', 'django'], `File not found: ${their}.old.`]
  ] as const) {
    const { code, out, err } = await sallyport(['users', 'import', ...args])
    t.same([code, out, err.startsWith(message)], [1, '', true], `${args.join(' ')}: ${err}`)
  }
  t.notOk(existsSync(String(env.DATABASE_URL).slice('sqlite:'.length)))
})

test('A truncated file ends with 1, the line and the counts so far; accounts before that line are kept', async t => {
  const { bring, file, names } = await createWorld(t)
  const rows = Array.from({ length: 1500 }, (_, index) => `user-${index},,${hash}\n`)
  const path = file(`${header}${rows.join('')}"`)
  const message = `${path} cannot be read from line 1502 on: `
  const { code, out, err } = await bring(path)
  t.same([code, out], [1, `Interrupted: ${counts(1000, 0, 0)}`])
  t.ok(err.startsWith(message), err)
  t.equal((await names()).length, 1000)
  const json = await bring(path, '--json')
  t.match(JSON.parse(json.out), { created: 0, unchanged: 1000, dry_run: false, complete: false })
  t.same([json.code, json.err.startsWith(message)], [1, true])
})

test('Columns that are not read are named once, and no text of the source controls the terminal', async t => {
  const { bring, file } = await createWorld(t)
  const path = file(`username,password_hash,Disabled,a\u001b[2J,phone,\nb\u001b[2J,${hash},1,,,\n`)
  t.equal(
    (await bring(path)).err,
    [
      'Ignored columns: a\\u{1b}[2J, phone.',
      'line 2 (b\\u{1b}[2J): skipped, username must not contain @, control characters or invisible characters',
      ''
    ].join('\n')
  )
  const { code, err } = await bring(file('login\u001b[2J\n', 'a\u0007.csv'))
  t.equal(code, 1)
  t.match(err, /a\\u\{7\}\.csv has the columns login\\u\{1b\}\[2J\./)
})

/** Output streams of a command; `isTTY` makes standard error a terminal. */
function createStreams(env: object, { isTTY = false } = {}) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), Object.assign(new PassThrough(), { isTTY })]
  return { stdout, stderr, streams: { stdin, stdout, stderr, env } as unknown as Streams }
}

test('An import finishes even if the reader of its output is gone', async t => {
  const { env, file, names } = await createWorld(t)
  const { stdout, stderr, streams } = createStreams(env)
  const done = run(['users', 'import', file(`${header}alice,,${hash}\nbob,nonsense,${hash}\n`)], streams)
  for (const stream of [stdout, stderr]) stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  t.equal(await done, 3, 'one was skipped')
  t.same(await names(), ['alice'])
})

test('On a terminal an import shows a progress bar, and removes it before every line and at the end', async t => {
  const { env, file } = await createWorld(t)
  leapingTime(t, 3000)
  const rows = Array.from({ length: 1000 }, (_, index) => `user-${index},,${hash}\n`)
  const { stdout, stderr, streams } = createStreams(env, { isTTY: true })
  const printed = Promise.all([text(stdout), text(stderr)])
  const code = await run(['users', 'import', file(`${header}bob,nonsense,${hash}\n${rows.join('')}`)], streams)
  stdout.end()
  stderr.end()
  const [out, err] = await printed
  t.same([code, out], [3, counts(1000, 0, 1)])
  const clear = '\r\u001b[K'
  const bar = `[${'#'.repeat(24)}] 100 %  `
  t.equal(
    err,
    `line 2 (bob): skipped, email is not an e-mail address\n${bar}1000 lines, 1 skipped${clear}${bar}1001 lines, 1 skipped${clear}`
  )
})

const firebaseConfig = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}`

test('Accounts of Firebase log in with the parameters of its project, and with wrong ones they do not', async t => {
  const { bring, file, env, sallyport } = await createWorld(t)
  const bringWith = (input: string, ...args: string[]) => sallyport(['users', 'import', ...args], input)
  const parameters = file(firebaseConfig, 'hash-config.txt')
  const user = (email: string, more: object) =>
    JSON.stringify({ localId: email, email, emailVerified: true, createdAt: '1735787045678', ...more })
  const alice = {
    displayName: 'Alice',
    salt: 'c2FsdHNhbHQ=',
    passwordHash: 'o97a4WAplC-99bwIWwI_L12qGxeFZvYboQDh8A3Bl-UGsGTCU-eP31MlZTdXIsp1iPBIIJ6ItFHEF8rCq73GCA=='
  }
  const elsewhere = {
    customAttributes: '{"roles":["editor"]}',
    mfaInfo: [{ mfaEnrollmentId: 'a', phoneInfo: '+441234567890' }],
    providerUserInfo: [
      { providerId: 'google.com', rawId: '1' },
      { providerId: 'facebook.com', rawId: '2' }
    ]
  }
  const path = file(
    `${user('alice@example.com', { ...alice, ...elsewhere })}\n${user('bob@example.com', { disabled: true })}\n`,
    'users.ndjson'
  )
  const import_ = ['--preset', 'firebase', path, '--firebase-parameters']
  const imported = await bring(...import_, parameters)
  t.match(imported, { code: 0, out: counts(2, 0, 0) })
  t.match(imported.out, '1 account(s) had a second factor that stays behind')
  await withService(env, async app => {
    const google = { issuer: 'https://accounts.google.com', subject: '1' }
    const { user: owner } = (await app.db.identities.bySubject(google)) ?? {}
    t.match(owner, { username: 'alice.example.com', claims: { roles: ['editor'] } })
    t.equal((await app.db.identities.ofUser(String(owner?.id))).length, 1, 'no other provider')
    t.match(await logIn(app, { username: 'alice@example.com', password: 'wrong' }), { error: 'invalid_grant' })
    t.match(await logIn(app, { username: 'alice@example.com' }), { token_type: 'Bearer' })
    t.match(await app.db.users.byUsername('alice.example.com'), { passwordHash: /^\$bcrypt-sha256\$/ }, 'replaced')
  })
  const wrong = file(firebaseConfig.replace('mem_cost: 14', 'mem_cost: 13'), 'wrong.txt')
  for (const [config, given, code, out] of [
    [parameters, password, 0, 'The password fits the hash of Alice@example.com.\n'],
    [parameters, 'another', 1, 'The password does not fit the hash of Alice@example.com. The password is another one'],
    [wrong, password, 1, 'or the parameters are wrong.']
  ] as const)
    t.match(await bringWith(given, ...import_, config, '--check', 'Alice@example.com'), { code, out }, out)
  t.match((await bringWith(password, ...import_, parameters, '--check', 'eve')).err, 'has no row with the username or')
  t.match(
    (await bringWith(password, ...import_, parameters, '--check', 'bob@example.com')).err,
    'has an unsupported format'
  )
  for (const [args, err] of [
    [[path, '--preset', 'firebase'], '--preset firebase and --firebase-parameters FILE need each other.'],
    [[path, '--firebase-parameters', parameters], '--preset firebase and --firebase-parameters FILE need each other.'],
    [[...import_, file('rounds: 8', 'half.txt')], 'half.txt has no valid base64_signer_key. Copy the password hash'],
    [[...import_, `${parameters}.old`], 'hash-config.txt.old (ENOENT).']
  ] as [string[], string][])
    t.match((await bring(...args)).err, err)
})
