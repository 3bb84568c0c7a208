import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Test, test } from 'tap'
import { run } from '../../src/cli.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { logIn, password } from '../support/app.ts'
import { createCli, withService } from '../support/cli.ts'
import { startCli } from '../support/cli-process.ts'
import { type EngineName, emptyDatabaseUrl, engines } from '../support/engines.ts'
import { createForeign } from '../support/foreign.ts'
import { pgTest } from '../support/pg-test.ts'
import { auditTrail, execute } from '../support/store.ts'

// bcrypt of the password of the tests at cost 4, as passlib, PHP and Supabase write it.
const hash = '$2b$04$6qp2kIPwWTm2Gw4LVx.exur/s7RbrZwycOv3vaUAayBtuSryDPMC2'

/** The commands on a database of `engine`, and a folder for files. */
async function createWorld(t: Test, engine: EngineName = 'sqlite', { hasDatabase = true } = {}) {
  const folder = t.testdir()
  const settings = { ISSUER: 'https://auth.example.com', BCRYPT_COST: '4', LOG_LEVEL: 'silent', PORT: '0' }
  const url = engine === 'sqlite' ? `sqlite:${join(folder, 'data', 'test.db')}` : await emptyDatabaseUrl(t, engine)
  const cli = createCli(t, { ...settings, DATABASE_URL: url, SECRET: 'a secret of the tests, 32 bytes or more' })
  if (hasDatabase) await cli.sallyport(['migrate'])
  const file = (content: string, name = 'users.csv') => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  const names = async () =>
    JSON.parse((await cli.sallyport(['users', 'list', '--json'])).out).map(
      (user: { username: string }) => user.username
    )
  const actions = async () =>
    (await auditTrail(t, url)).map(({ action }) => action).filter(action => action.startsWith('user'))
  return { ...cli, url, folder, file, names, actions }
}

const header = 'username,email,password_hash\n'
/** The report of an import if it created this number of addresses, and none is verified. */
const unverified = (addresses: number) =>
  `0 of ${addresses} address(es) are verified, so no user can log in with one. --trust-emails verifies them when it creates the accounts, and not later.\n`

for (const engine of engines) {
  test(`${engine}: accounts of a CSV file log in with their passwords, and a second import changes nothing`, async t => {
    const { sallyport, env, file, names } = await createWorld(t, engine)
    const path = file(`${header}Alice,alice@example.com,${hash}\nbob,,${hash}\ncarl,,${hash}\n`)
    t.same(await sallyport(['users', 'import', path]), {
      code: 0,
      out: `3 account(s) created, 0 unchanged, 0 line(s) skipped.\n${unverified(1)}`,
      err: ''
    })
    t.same(await names(), ['alice', 'bob', 'carl'])
    await withService(env, async app => {
      t.match(await logIn(app), { token_type: 'Bearer', scope: 'me' })
      t.match(await logIn(app, { username: 'bob' }), { token_type: 'Bearer' })
      t.match(await logIn(app, { password: 'another password' }), { error: 'invalid_grant' })
      t.match(await app.db.users.byUsername('alice'), { passwordHash: /^\$bcrypt-sha256\$/ }, 'upgraded at the login')
    })
    const again = await sallyport(['users', 'import', path])
    const outcome = { code: 3, out: '0 account(s) created, 1 unchanged, 2 line(s) skipped.\n', err: '' }
    for (const [line, name] of [
      [2, 'alice'],
      [3, 'bob']
    ] as const)
      outcome.err += `line ${line} (${name}): skipped, username is taken by an account with another password\n`
    t.same(again, outcome, 'their hashes were upgraded, so nothing proves that these are the same accounts')
  })

  test(`${engine}: a preset imports the table of another application on either engine`, async t => {
    for (const source of engines) {
      await t.test(`from ${source}`, async t => {
        const { sallyport, env, folder } = await createWorld(t, engine)
        const statements = `
          CREATE TABLE users (id integer PRIMARY KEY, username text, email text, full_name text, hashed_password text, disabled boolean);
          INSERT INTO users VALUES
            (1, 'alice', 'alice@example.com', 'Alice Liddell', '${hash}', false),
            (2, 'bob', 'bob@example.com', NULL, '${hash}', true),
            (3, 'carl', 'nonsense', NULL, '${hash}', false)`
        const path = `sqlite:${join(folder, 'their.db')}`
        if (source === 'sqlite') await execute(path, statements)
        const from = source === 'sqlite' ? path : await createForeign(t, source, statements)
        t.same(await sallyport(['users', 'import', '--preset', 'fastapi-tutorial', '--from', from]), {
          code: 3,
          out: `2 account(s) created, 0 unchanged, 1 row(s) skipped.\n${unverified(2)}`,
          err: 'row 3 (carl): skipped, email is not an e-mail address\n'
        })
        await withService(env, async app => {
          t.match(await logIn(app), { token_type: 'Bearer' })
          t.match(await logIn(app, { username: 'bob' }), { error: 'invalid_grant' }, 'a disabled user stays disabled')
          t.match(await app.db.users.byUsername('alice'), { fullName: 'Alice Liddell', emailVerified: false })
        })
      })
    }
  })

  test(`${engine}: the groups of Django and the metadata of Supabase come from either engine`, async t => {
    const django = `
      CREATE TABLE auth_user (id integer PRIMARY KEY, username text, password text, is_staff boolean, is_superuser boolean);
      INSERT INTO auth_user VALUES
        (1, 'alice', '${hash}', true, true), (2, 'bob', '${hash}', false, false), (3, 'carl', '${hash}', false, false);
      CREATE TABLE auth_group (id integer PRIMARY KEY, name text);
      INSERT INTO auth_group VALUES (1, 'writers'), (2, 'editors'), (3, '${'x'.repeat(1100)}');
      CREATE TABLE auth_user_groups (id integer, user_id integer, group_id integer);
      INSERT INTO auth_user_groups VALUES (1, 1, 1), (2, 1, 2), (3, 3, 3)`
    const supabase = (json: string) => `
      CREATE TABLE members (email text, encrypted_password text, raw_user_meta_data ${json}, raw_app_meta_data ${json});
      INSERT INTO members VALUES
        ('dora@example.com', '${hash}', '{"sub": "1", "email": "dora@example.com", "theme": "dark, 😀"}',
          '{"provider": "email", "providers": ["email"], "roles": ["editor"], "tenant": {"id": 7}}'),
        ('emil@example.com', '${hash}', '{"picture": "${'x'.repeat(5000)}"}', NULL),
        ('fay@example.com', '${hash}', NULL, '{"roles": "editor"}'),
        ('gus@example.com', '${hash}', '{}', '{"sub": "root"}')`
    for (const source of engines) {
      await t.test(`from ${source}`, async t => {
        const { sallyport, env, folder } = await createWorld(t, engine)
        const statements = `${django};${supabase(source === 'sqlite' ? 'text' : 'jsonb')}`
        const path = `sqlite:${join(folder, 'their.db')}`
        if (source === 'sqlite') await execute(path, statements)
        const from = source === 'sqlite' ? path : await createForeign(t, source, statements)
        t.same(await sallyport(['users', 'import', '--preset', 'django', '--from', from]), {
          code: 3,
          out: [
            '2 account(s) created, 0 unchanged, 1 row(s) skipped.',
            '1 account(s) have claims, which APIs may take for rights.',
            '1 administrator(s) were imported with the scopes of a normal account: see `sallyport users update --help`.',
            ''
          ].join('\n'),
          err: 'Ignored columns: id.\nrow 3 (carl): skipped, claims has 1115 bytes as JSON, and may have 1024\n'
        })
        const args = ['--preset', 'supabase', '--from', from, '--table', 'members']
        t.match(await sallyport(['users', 'import', ...args]), {
          code: 3,
          out: '1 account(s) created, 0 unchanged, 3 row(s) skipped.',
          err: [
            'row 2 (emil@example.com): skipped, data has 5014 bytes as JSON, and may have 4096',
            'row 3 (fay@example.com): skipped, claims/roles must be an array of strings',
            'row 4 (gus@example.com): skipped, claims/sub is a claim with another purpose; choose another name',
            ''
          ].join('\n')
        })
        await withService(env, async app => {
          const of = async (name: string) => {
            const { claims, data, scopes } = { ...(await app.db.users.byUsername(name)) }
            return { claims, data, scopes }
          }
          const alice = { roles: ['staff'], groups: ['editors', 'writers'] }
          t.strictSame(await of('alice'), { claims: alice, data: {}, scopes: ['me'] })
          t.strictSame(await of('bob'), { claims: {}, data: {}, scopes: ['me'] })
          const dora = { roles: ['editor'], tenant: { id: 7 } }
          t.strictSame(await of('dora.example.com'), { claims: dora, data: { theme: 'dark, 😀' }, scopes: ['me'] })
        })
      })
    }
  })

  test(`${engine}: an export imported into an empty database keeps ids, hashes, scopes, data, claims and invitations`, async t => {
    const { sallyport, env, folder, file } = await createWorld(t, engine)
    const object = { username: 'carl', email: 'c@example.com', password_hash: `!${'a'.repeat(43)}` }
    const data = { 'a"b,\'': ['愛😀\u2028\r\n\\', null, 1.5, { c: [] }] }
    const claims = { roles: ['a,b', '"c"'], tenant: '' }
    const carl = { ...object, data, claims, invited_at: '2026-01-31T12:00:00.123Z' }
    t.match(await sallyport(['users', 'import', file(JSON.stringify(carl), 'carl.ndjson')]), { code: 0 })
    await sallyport(['users', 'create', 'alice', '--admin', '--email', 'a@example.com', '--password-stdin'], password)
    await sallyport(['users', 'create', 'bob', '--full-name', 'Bob "B", the Builder', '--password-stdin'], password)
    await sallyport(['users', 'update', 'bob', '--disable'])
    const { out } = await sallyport(['users', 'list', '--json'])
    t.match(JSON.parse(out)[2], { username: 'carl', data, claims, invited_at: carl.invited_at })
    for (const [format, target] of ['csv', 'ndjson'].flatMap(format =>
      engines.map(target => [format, target] as const)
    )) {
      const path = join(folder, `${target}.${format}`)
      t.same(await sallyport(['users', 'export', path]), { code: 0, out: '', err: '' })
      const url = target === 'sqlite' ? `sqlite:${join(folder, format, 'test.db')}` : await emptyDatabaseUrl(t, target)
      const other = { ...env, DATABASE_URL: url }
      const { sallyport: elsewhere } = createCli(t, other)
      t.match(await elsewhere(['users', 'import', path]), { code: 0 })
      const there = JSON.parse((await elsewhere(['users', 'list', '--json'])).out)
      const timeless = ({ updated_at, ...user }: Record<string, unknown>) => user
      t.same(there.map(timeless), JSON.parse(out).map(timeless))
      await withService(other, async app => t.match(await logIn(app), { token_type: 'Bearer' }))
    }
  })
}

pgTest('postgres: the view of the documentation brings an account of Supabase without what is refused', async t => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/moving-in.md'), 'utf8')
  const [, view = ''] = /```sql\n(.*?)```\n/s.exec(page) ?? []
  const { sallyport } = await createWorld(t, 'postgres')
  const from = await createForeign(
    t,
    'postgres',
    `CREATE SCHEMA auth;
     CREATE TABLE auth.users (email text, encrypted_password text, banned_until timestamptz, raw_user_meta_data jsonb);
     INSERT INTO auth.users VALUES ('alice@example.com', '${hash}', 'infinity',
       '{"avatar": "${'x'.repeat(5000)}", "theme": "dark", "full_name": "Alice"}');
     ${view}`
  )
  const preset = ['users', 'import', '--preset', 'supabase', '--from', from]
  t.match(await sallyport(preset), { code: 3, err: 'skipped, data has' })
  t.match(await sallyport([...preset, '--table', 'moving.users', '--map', 'data=kept']), { code: 0 })
  const [alice] = JSON.parse((await sallyport(['users', 'list', '--json'])).out)
  t.match(alice, { full_name: 'Alice', disabled: true })
  t.strictSame(alice.data, { theme: 'dark', full_name: 'Alice' })
})

test('--dry-run reports every row and writes nothing', async t => {
  const { sallyport, file, names, actions } = await createWorld(t)
  const path = file(`${header}alice,,${hash}\nbob,nonsense,${hash}\n`)
  const dry = await sallyport(['users', 'import', path, '--dry-run'])
  const lines = [
    'line 2 (alice): to be created',
    'line 3 (bob): skipped, email is not an e-mail address',
    '1 account(s) to be created, 0 unchanged, 1 line(s) skipped.',
    'Nothing was written.',
    ''
  ]
  t.same(dry, { code: 3, out: lines.join('\n'), err: '' })
  t.same([await names(), await actions()], [[], []])
  await sallyport(['users', 'import', path])
  const { out } = await sallyport(['users', 'import', path, '--dry-run', '--strict'])
  t.match(out, 'line 2 (alice): unchanged\n')
})

test('--strict writes nothing when a row would be skipped, and everything when none would', async t => {
  const { sallyport, file, names, actions } = await createWorld(t)
  const rows = `${header}alice,,${hash}\nbob,,${hash}\n`
  t.same(await sallyport(['users', 'import', file(`${rows}Bob,,${hash}\n`), '--strict']), {
    code: 1,
    out: '2 account(s) to be created, 0 unchanged, 1 line(s) skipped.\nNothing was written.\n',
    err: 'line 4 (bob): skipped, username is the same as in line 3\n'
  })
  t.same([await names(), await actions()], [[], []])
  t.same(await sallyport(['users', 'import', file(rows), '--strict']), {
    code: 0,
    out: '2 account(s) created, 0 unchanged, 0 line(s) skipped.\n',
    err: ''
  })
  t.same([await names(), await actions()], [['alice', 'bob'], ['users.imported']])
})

test('an account registered with the name and address of a row is not treated as that account', async t => {
  const { sallyport, env, file } = await createWorld(t)
  await withService({ ...env, REGISTRATION: 'open' }, async app => {
    const payload = { username: 'victim', email: 'victim@corp.example', password: 'what the squatter chose' }
    t.equal((await app.inject({ method: 'POST', url: '/users', payload })).statusCode, 201)
  })
  const path = file(`${header}victim,victim@corp.example,${hash}\n`)
  const err = 'line 2 (victim): skipped, username is taken by an account with another password\n'
  const out = (what: string) => `0 account(s) ${what}created, 0 unchanged, 1 line(s) skipped.\n`
  t.same(await sallyport(['users', 'import', path]), { code: 3, out: out(''), err })
  t.same(await sallyport(['users', 'import', path, '--strict']), {
    code: 1,
    out: `${out('to be ')}Nothing was written.\n`,
    err
  })
})

test('--json prints a line for each reported row, and a summary', async t => {
  const { sallyport, file } = await createWorld(t)
  const path = file(`${header}alice,,${hash}\nbob@example.com,,${hash}\ncarl,,\n`)
  const lines = async (...options: string[]) => {
    const { code, out, err } = await sallyport(['users', 'import', path, '--json', ...options])
    t.equal(err, '')
    return [
      code,
      ...out
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    ]
  }
  const bad = { line: 4, username: 'carl', result: 'skipped', reason: 'password_hash is missing' }
  const counts = {
    created: 2,
    unchanged: 0,
    skipped: 1,
    renamed: 1,
    addresses: 0,
    verified: 0,
    superusers: 0,
    claims: 0,
    complete: true
  }
  t.same(await lines('--dry-run'), [
    3,
    { line: 2, username: 'alice', result: 'created' },
    { line: 3, username: 'bob.example.com', result: 'created' },
    bad,
    { ...counts, dry_run: true }
  ])
  t.same(await lines('--strict'), [1, bad, { ...counts, dry_run: true }])
  t.same(await lines(), [3, bad, { ...counts, dry_run: false }])
  t.same(await lines(), [3, bad, { ...counts, created: 0, unchanged: 2, renamed: 0, dry_run: false }])
})

test('a file with the default column names needs no map, and inactive accounts are disabled', async t => {
  const { sallyport, env, file } = await createWorld(t)
  const columns = 'id,username,email_verified,full_name,password_hash,scopes,active,superuser,created_at,phone'
  const id = '018f4e2a-0000-7000-8000-000000000001'
  const path = file(`${columns}\n${id},alice,,Alice,${hash},me orders:read,false,true,2025-01-02,555\n`)
  t.match(await sallyport(['users', 'import', path]), { code: 0, out: '1 administrator(s) were imported' })
  const [user] = JSON.parse((await sallyport(['users', 'list', '--json'])).out)
  const expected = { id, full_name: 'Alice', disabled: true, scopes: ['me', 'orders:read'], email: null }
  t.match(user, { ...expected, created_at: '2025-01-02T00:00:00.000Z' })
  await withService(env, async app => t.match(await logIn(app), { error: 'invalid_grant' }))
})

test('--map names the columns, alone or with a preset', async t => {
  const { sallyport, file, names } = await createWorld(t)
  const people = file(`login,mail,digest,email\nalice,a@example.com,${hash},nonsense\n`)
  const map = 'username=login,email=mail,password_hash=digest'
  t.match(await sallyport(['users', 'import', people, '--map', map]), { code: 0 })
  const template = file(`mail,hashed_password,is_active\nbob@example.com,${hash},1\n`)
  const options = ['--preset', 'fastapi-template', '--map', 'username=mail']
  t.match(await sallyport(['users', 'import', template, ...options]), { code: 0 })
  t.same(await names(), ['alice', 'bob.example.com'])
})

test('usernames that were addresses are reported, and so are administrators', async t => {
  const { sallyport, env, file } = await createWorld(t)
  const row = (email: string, isSuperuser: boolean) => `${email},${hash},${isSuperuser}\n`
  const rows = [row('alice@example.com', true), row('bob@example.com', false), row('nonsense', true), 'short\n']
  const path = file(`email,hashed_password,is_superuser\n${rows.join('')}`)
  const options = ['--preset', 'fastapi-users', '--trust-emails']
  t.same(await sallyport(['users', 'import', path, ...options]), {
    code: 3,
    out: [
      '2 account(s) created, 0 unchanged, 2 line(s) skipped.',
      'In 2 username(s), a dot replaces the @, as in alice.example.com. Users with a verified address can still log in with it.',
      '1 administrator(s) were imported with the scopes of a normal account: see `sallyport users update --help`.',
      ''
    ].join('\n'),
    err: 'line 4 (nonsense): skipped, email is not an e-mail address\nline 5: skipped, has 1 values for 3 columns\n'
  })
  await withService(env, async app => {
    t.match(await logIn(app, { username: 'alice@example.com' }), { scope: 'me' }, 'since --trust-emails was given')
    t.match(await logIn(app, { username: 'alice.example.com' }), { scope: 'me' })
  })
})

test('without --trust-emails an unverified address cannot log in, but its username can', async t => {
  const { sallyport, env, file } = await createWorld(t)
  const path = file(`email,hashed_password\nalice@example.com,${hash}\n`)
  t.match(await sallyport(['users', 'import', path, '--preset', 'fastapi-users']), { code: 0 })
  await withService(env, async app => {
    t.match(await logIn(app, { username: 'alice@example.com' }), { error: 'invalid_grant' })
    t.match(await logIn(app, { username: 'alice.example.com' }), { scope: 'me' })
  })
})

test('an import without a verified address says so, and what would verify them, before and after', async t => {
  const { sallyport, file } = await createWorld(t)
  const rows = `alice,a@example.com,${hash}\nbob,b@example.com,${hash}\ncarl,,${hash}\n`
  const path = file(`${header}${rows}`)
  const out = async (...args: string[]) => (await sallyport(['users', 'import', ...args])).out
  t.ok((await out(path, '--dry-run')).endsWith(unverified(2)))
  t.notMatch(await out(path, '--dry-run', '--trust-emails'), '--trust-emails')
  t.equal(await out(path), `3 account(s) created, 0 unchanged, 0 line(s) skipped.\n${unverified(2)}`)
  t.equal(await out(path, '--trust-emails'), '0 account(s) created, 3 unchanged, 0 line(s) skipped.\n')
  const one = file('username,email,email_verified,password_hash\nd,d@example.com,1,!\ne,e@example.com,0,!\n')
  t.equal(await out(one), '2 account(s) created, 0 unchanged, 0 line(s) skipped.\n', 'the source knows')
})

test('the format comes from the name of the file, or from --format', async t => {
  const { sallyport, file, names } = await createWorld(t)
  const object = (username: string) => `${JSON.stringify({ username, password_hash: hash })}\n`
  const row = (username: string) => `${header}${username},,${hash}\n`
  for (const [content, name, ...options] of [
    [object('a'), 'users.ndjson'],
    [object('b'), 'USERS.JSONL'],
    [object('c'), 'users', '--format', 'ndjson'],
    [row('d'), 'Users.CSV'],
    [row('e'), 'users.txt', '--format', 'csv']
  ] as const) {
    t.match(await sallyport(['users', 'import', file(content, name), ...options]), { code: 0 }, name)
  }
  t.same(await names(), ['a', 'b', 'c', 'd', 'e'])
})

test('a name in a report cannot control the terminal', async t => {
  const { sallyport, file } = await createWorld(t)
  const { err } = await sallyport(['users', 'import', file(`${header}a\u001b[2J,,${hash}\n`)])
  t.equal(
    err,
    'line 2 (a\\u{1b}[2J): skipped, username must not contain @, control characters or invisible characters\n'
  )
})

test('wrong usage ends with 2 before anything is opened (scenario table)', async t => {
  const { sallyport, file, folder } = await createWorld(t)
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
    [[path, '--map', ''], '--map has "": expected FIELD=COLUMN.\n'],
    [[path, '--map', 'name=login'], '--map has name: expected one of id, username, email,'],
    [['--from', 'mysql://localhost/app', '--preset', 'django'], '--from must be sqlite:PATH or postgres://USER@HOST/'],
    [['--from', 'sqlite:', '--preset', 'django'], '--from must be sqlite:PATH or'],
    [['--from', 'sqlite:///', '--preset', 'django'], '--from must be sqlite:PATH or'],
    [['--from', 'sqlite://test.db', '--preset', 'django'], '--from must be sqlite:PATH or'],
    [['--from', 'postgres://[', '--preset', 'django'], '--from must be sqlite:PATH or'],
    [['--from', sqlite, '--map', 'username=a'], 'Specify the table with --table, or an application with --preset.\n'],
    [['--from', sqlite, '--table', 'users'], 'Specify the columns with --map or --preset.\n']
  ] as const) {
    const { code, out, err } = await sallyport(['users', 'import', ...args])
    t.same([code, out], [2, ''], args.join(' '))
    t.ok(err.startsWith(message), err)
  }
})

test('an unusable source ends with 1 and creates no database (scenario table)', async t => {
  const { sallyport, file, folder, url } = await createWorld(t, 'sqlite', { hasDatabase: false })
  const their = join(folder, 'their.db')
  await execute(`sqlite:${their}`, 'CREATE TABLE people (id integer, login text, hash text)')
  const from = ['--from', `sqlite:${their}`]
  const bare = file(`login,hash\n`, 'bare.csv')
  for (const [args, message] of [
    [[join(folder, 'missing.csv')], `File not found: ${join(folder, 'missing.csv')}.`],
    [[file('', 'empty.csv')], `${join(folder, 'empty.csv')} is empty. The first line must name the columns.`],
    [[bare], `No column for password_hash: ${bare} has the columns login, hash. Choose one with --map`],
    [[bare, '--map', 'password_hash=hash'], `No column for username: ${bare} has the columns login, hash.`],
    [[bare, '--map', 'password_hash=digest'], `There is no column digest: ${bare} has the columns login, hash.`],
    [[bare, '--preset', 'django'], `No column for password_hash: ${bare} has the columns login, hash.`],
    [[...from, '--preset', 'django'], `There is no table auth_user in ${their}. Tables: people.`],
    [
      [...from, '--table', 'people', '--map', 'username=login,password_hash=digest'],
      `There is no column digest: ${their}, people has the columns id, login, hash.`
    ],
    [
      [file('{"login": "alice", "digest": "x"}\n', 'people.ndjson'), '--map', 'username=login,password_hash=hash'],
      `There is no column hash: ${join(folder, 'people.ndjson')} has the columns login, digest.`
    ],
    [
      [file(`alice,${hash}\n`, 'bare-data.csv')],
      `The first line of ${join(folder, 'bare-data.csv')} looks like data. Add a header.`
    ],
    [['--from', `sqlite:${their}.old`, '--preset', 'django'], `File not found: ${their}.old.`],
    [['--from', `sqlite:///${their}.old`, '--preset', 'django'], `File not found: ${their}.old.`],
    [['--from', 'sqlite:///./their.db', '--preset', 'django'], 'File not found: ./their.db.']
  ] as const) {
    const { code, out, err } = await sallyport(['users', 'import', ...args])
    t.same([code, out], [1, ''], args.join(' '))
    t.ok(err.startsWith(message), err)
  }
  t.notOk(existsSync(url.slice('sqlite:'.length)))
})

test('a truncated file ends with 1, the line and the counts so far; accounts before that line are kept', async t => {
  const { sallyport, file, names } = await createWorld(t)
  const rows = Array.from({ length: 2500 }, (_, index) => `user-${index},,${hash}\n`)
  const path = file(`${header}${rows.join('')}"`)
  const message = `${path} cannot be read from line 2502 on: `
  const { code, out, err } = await sallyport(['users', 'import', path])
  t.same([code, out], [1, 'Interrupted: 2000 account(s) created, 0 unchanged, 0 line(s) skipped.\n'])
  t.ok(err.startsWith(message), err)
  t.equal((await names()).length, 2000)
  const json = await sallyport(['users', 'import', path, '--json'])
  const counts = {
    created: 0,
    unchanged: 2000,
    skipped: 0,
    renamed: 0,
    addresses: 0,
    verified: 0,
    superusers: 0,
    claims: 0,
    dry_run: false,
    complete: false
  }
  t.same([json.code, JSON.parse(json.out)], [1, counts])
  t.ok(json.err.startsWith(message), json.err)
  const strict = await sallyport(['users', 'import', path, '--strict'])
  t.match(strict, { code: 1, out: 'Interrupted: 0 account(s) to be created, 2000 unchanged, ' })
})

test('a bad line is skipped with the reason, and the others are imported', async t => {
  const { sallyport, file, names } = await createWorld(t)
  const object = (username: string) => `${JSON.stringify({ username, password_hash: hash })}\n`
  const mark = 'has a quotation mark that neither encloses a value nor is doubled'
  for (const [path, reason] of [
    [file(`${header}a,,${hash}\nBob "B",,x\nb,,${hash}\n`), mark],
    [
      file(`${object('c')}{"username": "${'x'.repeat(128_000)}"}\n${object('d')}`, 'a.ndjson'),
      'has more than 128000 bytes'
    ]
  ] as const) {
    const line = path.endsWith('.csv') ? 3 : 2
    t.same(await sallyport(['users', 'import', path]), {
      code: 3,
      out: '2 account(s) created, 0 unchanged, 1 line(s) skipped.\n',
      err: `line ${line}: skipped, ${reason}\n`
    })
  }
  t.same(await names(), ['a', 'b', 'c', 'd'])
})

test('headers in another case or with blanks still disable accounts, and unread columns are reported once', async t => {
  const { sallyport, file, folder } = await createWorld(t)
  const their = `sqlite:${join(folder, 'their.db')}`
  await execute(
    their,
    `CREATE TABLE users (Username text, Hashed_Password text, Is_Active boolean, Phone text);
     INSERT INTO users VALUES ('c', '${hash}', 0, '555'), ('d', '${hash}', NULL, '555')`
  )
  const object = JSON.stringify({ username: 'e', password_hash: hash, Disabled: true, phone: '555' })
  for (const [args, unread] of [
    [[file(`username,password_hash, disabled\na,${hash},true\n`)], ''],
    [
      [file(`username,password_hash,Disabled,a\u001b[2J,phone,\nb,${hash},1,,,\n`, 'b.csv')],
      'Ignored columns: a\\u{1b}[2J, phone.\n'
    ],
    [['--from', their, '--preset', 'fastapi-tutorial'], 'Ignored columns: Phone.\n'],
    [
      [file(`${object}\n${object.replace('"e"', '"f"')}\n`, 'users.ndjson'), '--strict', '--json'],
      'Ignored columns: phone.\n'
    ]
  ] as const) {
    const { code, err } = await sallyport(['users', 'import', ...args])
    t.same([code, err], [0, unread])
  }
  const users = JSON.parse((await sallyport(['users', 'list', '--json'])).out)
  t.same(
    users.map(({ username, disabled }: { username: string; disabled: boolean }) => [username, disabled]),
    ['a', 'b', 'c', 'd', 'e', 'f'].map(name => [name, true])
  )
})

test('errors escape control characters in headers and file names', async t => {
  const { sallyport, file } = await createWorld(t)
  const { code, err } = await sallyport(['users', 'import', file('login\u001b[2J\n', 'a\u0007.csv')])
  t.equal(code, 1)
  t.match(err, /a\\u\{7\}\.csv has the columns login\\u\{1b\}\[2J\./)
  t.notMatch(err, '\u0007')
  t.notMatch(err, '\u001b')
})

test('a hash of an unknown form or an excessive cost is skipped without being shown', async t => {
  const { sallyport, file } = await createWorld(t)
  const hashes = ['plain text', 'md5$salt$digest', hash.slice(0, -1), `${hash}\u0000`]
  const dear = hash.replace('$04$', '$31$')
  const path = file(`${header}${[...hashes, dear].map((text, index) => `user-${index},,${text}\n`).join('')}`)
  for (const options of [[], ['--json'], ['--dry-run']]) {
    const { code, out, err } = await sallyport(['users', 'import', path, ...options])
    t.equal(code, 3)
    t.equal((out + err).split('password_hash has an unsupported format').length, hashes.length + 1)
    t.match(out + err, 'password_hash has a bcrypt cost of 31, which must be from 4 to 16')
    for (const text of [...hashes, dear]) t.notMatch(out + err, text.slice(0, 9))
  }
})

test('data and claims that the server would refuse skip their row with the reason (scenario table)', async t => {
  const { sallyport, file, env } = await createWorld(t)
  const big = JSON.stringify({ a: 'x'.repeat(1020) })
  const deep = `${'{"a":'.repeat(9)}1${'}'.repeat(9)}`
  const rows = [
    ['{', '', 'data is not JSON'],
    ['', '[]', 'claims is not a JSON object'],
    ['{"a": 1, "a": 2}', '', 'data/a is there twice'],
    ['', '{"roles": ["a"], "roles": []}', 'claims/roles is there twice'],
    ['{"constructor": {}}', '', 'data/constructor is not allowed'],
    [deep, '', `data${'/a'.repeat(8)} is deeper than 8 levels`],
    ['{"a": "\\u0000"}', '', 'data/a contains a NUL or an unpaired surrogate'],
    ['', '{"a": "\\ud800"}', 'claims/a contains a NUL or an unpaired surrogate'],
    ['{"a": 9007199254740993}', '', 'data/a is too large a number; send a string'],
    [JSON.stringify({ a: 'x'.repeat(4089) }), '', 'data has 4097 bytes as JSON, and may have 4096'],
    ['', big, 'claims has 1028 bytes as JSON, and may have 1024'],
    ['', '{"iss": "https://evil.example"}', 'claims/iss is a claim with another purpose; choose another name'],
    ['', '{"groups": [1]}', 'claims/groups must be an array of strings']
  ]
  const quoted = (text = '') => `"${text.replaceAll('"', '""')}"`
  const lines = rows.map(([data, claims], index) => `user-${index},${hash},${quoted(data)},${quoted(claims)}\n`)
  const path = file(`username,password_hash,data,claims\n${lines.join('')}alice,${hash},{},{}\n`)
  t.same(await sallyport(['users', 'import', path]), {
    code: 3,
    out: `1 account(s) created, 0 unchanged, ${rows.length} line(s) skipped.\n`,
    err: rows.map(([, , reason], index) => `line ${index + 2} (user-${index}): skipped, ${reason}\n`).join('')
  })
  const scopes = Array.from({ length: 40 }, (_, n) => `orders:a-rather-long-name-of-a-scope-${n}`)
  const claims = { a: 'x'.repeat(1000) }
  const long = file(JSON.stringify({ username: 'bob', password_hash: hash, scopes, claims }), 'long.ndjson')
  const { err } = await createCli(t, { ...env, AUDIENCE: `https://${'a'.repeat(600)}.example` }).sallyport([
    'users',
    'import',
    long
  ])
  t.match(
    err,
    /^line 1 \(bob\): skipped, claims would make access tokens of \d+ characters with all scopes and claims; 4096 is the most\n$/
  )
})

test('an account without a password is imported without one, if it has an address to set one by', async t => {
  const { sallyport, env, file, names } = await createWorld(t)
  const unusable = `!${'a'.repeat(40)}`
  const path = file(`${header}alice,alice@example.com,${unusable}\nbob,,${unusable}\n`)
  t.same(await sallyport(['users', 'import', path]), {
    code: 3,
    out: `1 account(s) created, 0 unchanged, 1 line(s) skipped.\n${unverified(1)}`,
    err: 'line 3 (bob): skipped, password_hash matches no password, and there is no email to reset it with\n'
  })
  t.same(await names(), ['alice'])
  await withService(env, async app => {
    t.match(await app.db.users.byUsername('alice'), { passwordHash: /^![\w-]{43}$/ })
    t.match(await logIn(app, { password: unusable }), { error: 'invalid_grant' })
  })
  t.match(await sallyport(['users', 'import', path]), { out: '0 account(s) created, 1 unchanged, 1 line(s) skipped.' })
})

test('an account whose password was invalidated can be exported and imported', async t => {
  const { sallyport, env, folder } = await createWorld(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const unusable = await withService(env, async app => {
    const alice = await app.db.users.byUsername('alice')
    const hash = app.passwords.unusable()
    await app.db.users.upgradeHash(String(alice?.id), String(alice?.passwordHash), hash)
    return hash
  })
  const path = join(folder, 'users.csv')
  await sallyport(['users', 'export', path])
  const other = { ...env, DATABASE_URL: `sqlite:${join(folder, 'other', 'test.db')}` }
  t.match(await createCli(t, other).sallyport(['users', 'import', path]), { code: 0 })
  await withService(other, async app => t.match(await app.db.users.byUsername('alice'), { passwordHash: unusable }))
})

test('a map that uses the hash as a name never shows the hash', async t => {
  const { sallyport, file, names } = await createWorld(t)
  const path = file(`${header}alice,,${hash}\n`)
  for (const option of ['--json', '--dry-run', '--strict']) {
    const map = 'username=password_hash,password_hash=password_hash'
    const { code, out, err } = await sallyport(['users', 'import', path, '--map', map, option])
    t.equal(code, option === '--strict' ? 1 : 3)
    t.match(out + err, 'username looks like a password hash')
    t.notMatch(out + err, hash.slice(0, 8))
  }
  t.same(await names(), [])
})

test('an import finishes even if the reader of its output is gone', async t => {
  const { env, file, names } = await createWorld(t)
  const rows = Array.from({ length: 2000 }, (_, n) => `user-${n},,${hash}\nbad-${n},nonsense,${hash}\n`)
  const { child, exit, err } = startCli(t, ['users', 'import', file(`${header}${rows.join('')}`)], env)
  await once(child.stderr, 'data')
  child.stdout.destroy()
  child.stderr.destroy()
  await t.rejects(err, { code: 'ERR_STREAM_PREMATURE_CLOSE' })
  t.same(await exit, [3, null], 'some were skipped')
  t.equal((await names()).length, 2000)
})

test('on a terminal a progress bar is shown, and removed before every line and at the end', async t => {
  const { env, file } = await createWorld(t)
  const rows = Array.from({ length: 1500 }, (_, index) => `user-${index},,${hash}\n`)
  const path = file(`${header}bob,nonsense,${hash}\n${rows.join('')}`)
  const [stdin, stdout, stderr] = [
    new PassThrough(),
    new PassThrough(),
    Object.assign(new PassThrough(), { isTTY: true })
  ]
  const printed = Promise.all([text(stdout), text(stderr)])
  const code = await run(['users', 'import', path], { stdin, stdout, stderr, env } as unknown as Streams)
  stdout.end()
  stderr.end()
  const [out, err] = await printed
  t.same([code, out], [3, '1500 account(s) created, 0 unchanged, 1 line(s) skipped.\n'])
  const clear = '\r\u001b[K'
  const bar = `[${'#'.repeat(24)}] 100 %  `
  t.equal(
    err,
    `line 2 (bob): skipped, email is not an e-mail address\n${bar}1000 lines, 1 skipped${clear}${bar}1501 lines, 1 skipped${clear}`
  )
})
