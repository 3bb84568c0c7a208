import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { type Test, test } from 'tap'
import { openDatabase } from '../../../src/store/engine/sqlite-driver.ts'
import { type Elsewhere, type ForeignTable, openForeignTable } from '../../../src/store/inspect/foreign-table.ts'
import { createForeign } from '../../support/foreign.ts'
import { engineTest, pgTest } from '../../support/pg-test.ts'
import { execute } from '../../support/store.ts'

async function open(t: Test, url: string, table: string, elsewhere?: Elsewhere) {
  const opened = await openForeignTable(url, table, elsewhere)
  t.teardown(() => opened.close())
  return opened
}

async function rowsOf(table: ForeignTable, columns: string[]) {
  const rows = []
  for await (const row of table.rows(columns)) rows.push({ ...row })
  return rows
}

engineTest('A table returns the requested columns, sorted by the first', async (t, engine) => {
  const url = await createForeign(
    t,
    engine,
    `CREATE TABLE users (id integer PRIMARY KEY, email text, "a ""b""" text);
     INSERT INTO users VALUES (2, 'b@example.com', 'two'), (10, NULL, 'ten'), (1, 'a@example.com', 'one')`
  )
  const table = await open(t, url, 'users')
  t.same([table.columns, table.count], [['id', 'email', 'a "b"'], 3])
  const id = engine === 'sqlite' ? [1, 2, 10] : ['1', '2', '10']
  const rows = [
    { id: id[0], 'a "b"': 'one' },
    { id: id[1], 'a "b"': 'two' },
    { id: id[2], 'a "b"': 'ten' }
  ]
  t.same(await rowsOf(table, ['id', 'a "b"']), rows)
  t.same(await rowsOf(table, ['id', 'a "b"']), rows, 'a second read is the same')
  t.same(await rowsOf(table, ['email']), [
    ...(engine === 'sqlite' ? [{ email: null }] : []),
    { email: 'a@example.com' },
    { email: 'b@example.com' },
    ...(engine === 'postgres' ? [{ email: null }] : [])
  ])
})

engineTest('A table has columns of the row that belongs to it in another', async (t, engine) => {
  const borrowed = [
    { columns: { secret: 'secret', none: 'none' }, from: 'account', by: 'userId', where: { kind: "it's" } }
  ]
  const url = await createForeign(
    t,
    engine,
    `CREATE TABLE "user" (id text, name text);
     INSERT INTO "user" VALUES ('1', 'a'), ('2', 'b'), ('3', 'c');
     CREATE TABLE account ("userId" text, kind text, secret text);
     INSERT INTO account VALUES ('1', 'it''s', 'one'), ('2', 'other', 'two'), ('2', 'it''s', 'three');
     CREATE TABLE own (id text, secret text);
     INSERT INTO own VALUES ('1', 'its own')`
  )
  const table = await open(t, url, 'user', { borrowed })
  t.same(table.columns, ['id', 'name', 'secret'])
  const secrets = ['one', 'three', null]
  t.same(
    await rowsOf(table, ['name', 'secret']),
    ['a', 'b', 'c'].map((name, at) => ({ name, secret: secrets[at] }))
  )
  t.same(await rowsOf(await open(t, url, 'own', { borrowed }), ['secret']), [{ secret: 'its own' }])
  t.same((await open(t, url, 'user', { borrowed: borrowed.map(one => ({ ...one, from: 'missing' })) })).columns, [
    'id',
    'name'
  ])
})

engineTest('A view is read like a table, and names may contain quotation marks', async (t, engine) => {
  const url = await createForeign(
    t,
    engine,
    `CREATE TABLE "it's ""one""" (name text); INSERT INTO "it's ""one""" VALUES ('alice');
     CREATE VIEW accounts AS SELECT name AS username FROM "it's ""one"""`
  )
  t.same(await rowsOf(await open(t, url, 'accounts'), ['username']), [{ username: 'alice' }])
  t.same(await rowsOf(await open(t, url, `it's "one"`), ['name']), [{ name: 'alice' }])
})

engineTest('A table of several batches is read completely, and reading can stop early', async (t, engine) => {
  const numbers = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)'
  const url = await createForeign(t, engine, `CREATE TABLE users AS ${numbers} SELECT i AS id FROM n`)
  const table = await open(t, url, 'users')
  for await (const _ of table.rows(['id'])) break
  const rows = await rowsOf(table, ['id'])
  t.same([rows.length, Number(rows[0]?.id), Number(rows.at(-1)?.id)], [2500, 1, 2500])
})

engineTest('Each row has the names that it has through another table', async (t, engine) => {
  const list = { column: 'groups', through: '_groups', by: 'group_id', of: 'auth_group' }
  const url = await createForeign(
    t,
    engine,
    `CREATE TABLE auth_group (id integer, name text);
     INSERT INTO auth_group VALUES (1, 'writers'), (2, 'editors, "chief"'), (3, 'nobody''s');
     CREATE TABLE people (id integer, login text);
     INSERT INTO people VALUES (1, 'alice'), (2, 'bob'), (3, 'carl');
     CREATE TABLE people_groups (id integer, "a ""person""" integer, group_id integer);
     INSERT INTO people_groups VALUES (1, 1, 1), (2, 1, 2), (3, 3, 1), (4, 7, 3);
     CREATE TABLE bare (id integer, login text);
     CREATE TABLE own (id integer, "groups" text);
     INSERT INTO own VALUES (1, 'mine');
     CREATE TABLE own_groups (person integer, group_id integer);
     CREATE TABLE keyless (login text);
     CREATE TABLE keyless_groups (person integer, group_id integer);
     CREATE TABLE odd (id integer);
     CREATE TABLE odd_groups (id integer, group_id integer);
     CREATE TABLE other (id integer);
     CREATE TABLE other_groups (person integer, team_id integer)`
  )
  const people = await open(t, url, 'people', { list })
  t.same(people.columns, ['id', 'login', 'groups'])
  const rows = await rowsOf(people, ['login', 'groups'])
  t.same(
    rows.map(({ login, groups }) => [login, groups && JSON.parse(String(groups))]),
    [
      ['alice', ['editors, "chief"', 'writers']],
      ['bob', null],
      ['carl', ['writers']]
    ]
  )
  t.same((await open(t, url, 'people')).columns, ['id', 'login'], 'only when asked')
  for (const [table, columns] of [
    ['bare', ['id', 'login']],
    ['own', ['id', 'groups']],
    ['keyless', ['login']],
    ['odd', ['id']],
    ['other', ['id']]
  ] as const) {
    t.same((await open(t, url, table, { list })).columns, columns, table)
  }
  t.same(await rowsOf(await open(t, url, 'own', { list }), ['groups']), [{ groups: 'mine' }])
  t.same((await open(t, url, 'people', { list: { ...list, of: 'auth_role' } })).columns, ['id', 'login'])
})

engineTest('The error for a missing table lists the existing tables', async (t, engine) => {
  const url = await createForeign(t, engine, 'CREATE TABLE people (id integer); CREATE TABLE orders (id integer)')
  const place = engine === 'sqlite' ? url.slice('sqlite:'.length) : url.replace(/\/\/.*@/, '//')
  await t.rejects(openForeignTable(url, 'users'), {
    name: 'CommandError',
    message: `There is no table users in ${place}. Tables: orders, people.`
  })
  await t.rejects(openForeignTable(url, `users' OR '1'='1`), { message: `There is no table users' OR '1'='1 in` })
})

engineTest('A column that disappears between two reads is a CommandError', async (t, engine) => {
  const url = await createForeign(t, engine, 'CREATE TABLE users (id integer, name text)')
  const table = await open(t, url, 'users')
  await t.rejects(rowsOf(table, ['id', 'gone']), {
    name: 'CommandError',
    message: 'Database error: '
  })
})

engineTest('Nothing is written', async (t, engine) => {
  const url = await createForeign(t, engine, 'CREATE TABLE users (id integer); INSERT INTO users VALUES (1)')
  const table = await open(t, url, 'users')
  await t.rejects(rowsOf(table, ['id" FROM users; DELETE FROM users; SELECT "id']), { name: 'CommandError' })
  t.equal((await open(t, url, 'users')).count, 1)
})

pgTest('PostgreSQL: a table can be named with its schema', async t => {
  const url = await createForeign(
    t,
    'postgres',
    `CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid, meta jsonb, at timestamptz, is_on boolean);
     INSERT INTO auth.users VALUES ('018f4e2a-0000-7000-8000-000000000001', '{"full_name": "Alice"}', '2026-01-31T12:00:00Z', true)`
  )
  await execute(
    url,
    `CREATE TABLE auth.users_groups (user_id uuid, group_id int); CREATE TABLE auth.auth_group (id int, name text);
     INSERT INTO auth.auth_group VALUES (1, 'editors');
     INSERT INTO auth.users_groups SELECT id, 1 FROM auth.users`
  )
  const list = { column: 'groups', through: '_groups', by: 'group_id', of: 'auth_group' }
  t.same(await rowsOf(await open(t, url, 'auth.users', { list }), ['groups']), [{ groups: '["editors"]' }])
  for (const from of ['users_groups', 'auth.users_groups']) {
    const borrowed = [{ columns: { group: 'group_id' }, from, by: 'user_id', where: {} }]
    t.same(await rowsOf(await open(t, url, 'auth.users', { borrowed }), ['group']), [{ group: '1' }], from)
  }
  const table = await open(t, url, 'auth.users')
  t.match(table.name, /^postgres:\/\/127\.0\.0\.1:\d+\/test_[0-9a-f]+, auth\.users$/, 'the name contains no password')
  const [row] = await rowsOf(table, ['id', 'meta', 'at', 'is_on'])
  t.match(row, { id: '018f4e2a-0000-7000-8000-000000000001', meta: '{"full_name": "Alice"}', is_on: 't' })
  await t.rejects(openForeignTable(url, 'users'), {
    message: 'Tables: auth.auth_group, auth.users, auth.users_groups.'
  })
})

test('SQLite: the file is not changed, and can be read while another process writes', async t => {
  const url = await createForeign(t, 'sqlite', 'CREATE TABLE users (id integer); INSERT INTO users VALUES (1)')
  const path = url.slice('sqlite:'.length)
  const hash = () => createHash('sha256').update(readFileSync(path)).digest('hex')
  const before = hash()
  const table = await openForeignTable(url, 'users')
  t.equal((await rowsOf(table, ['id'])).length, 1)
  await table.close()
  t.equal(hash(), before)
  t.same(readdirSync(dirname(path)), ['test.db'])

  const writer = openDatabase(path)
  writer.pragma('journal_mode = WAL')
  writer.exec('INSERT INTO users VALUES (2)')
  t.equal((await open(t, url, 'users')).count, 2)
  writer.close()
})

test('SQLite: a file is found by its path or its SQLAlchemy URL', async t => {
  const folder = t.testdir()
  await execute(`sqlite:${join(folder, 'test.db')}`, 'CREATE TABLE users (id integer)')
  const relative = join(folder, 'test.db').slice(1)
  const up = '../'.repeat(process.cwd().split('/').length - 1)
  for (const url of [
    `sqlite:/${relative}`,
    `sqlite:${up}${relative}`,
    `sqlite:////${relative}`,
    `sqlite:///./${up}${relative}`,
    `sqlite:///${up}${relative}`,
    `sqlite+aiosqlite:////${relative}`
  ]) {
    const table = await open(t, url, 'users')
    t.same(table.columns, ['id'], url)
  }
  await t.rejects(openForeignTable('sqlite:///./missing.db', 'users'), { message: 'File not found: ./missing.db.' })
})

pgTest('PostgreSQL: counting and reading rows may take ten minutes', async t => {
  const url = await createForeign(t, 'postgres', 'CREATE TABLE users (id integer)')
  const { query } = pg.Client.prototype
  const patient: string[] = []
  t.intercept(pg.Client.prototype, 'query', {
    value(this: pg.Client, config: { text?: string; query_timeout?: number }, ...more: unknown[]) {
      if (config.query_timeout === 600_000) patient.push(String(config.text).slice(0, 12))
      return Reflect.apply(query, this, [config, ...more])
    }
  })
  await rowsOf(await open(t, url, 'users'), ['id'])
  t.ok(patient.includes('SELECT count') && patient.includes('FETCH 1000 F'), patient.join())
})

test('The error for an invalid database has its name (scenario table)', async t => {
  const folder = t.testdir({
    'text.db': 'this is a text, which is longer than the header of a database is, and no SQLite'
  })
  mkdirSync(join(folder, 'folder.db'))
  writeFileSync(join(folder, 'empty.db'), '')
  const inFolder = (name: string) => `sqlite:${join(folder, name)}`
  for (const [url, message] of [
    [inFolder('missing.db'), `File not found: ${join(folder, 'missing.db')}.`],
    [inFolder('text.db'), `Cannot read ${join(folder, 'text.db')}. Database error: file is not a database`],
    [inFolder('folder.db'), `Cannot read ${join(folder, 'folder.db')}. Database error: unable to open`],
    [inFolder('empty.db'), `There is no table users in ${join(folder, 'empty.db')}. Tables: (none).`],
    [
      'postgres://me:hidden@127.0.0.1:1/app',
      'Cannot read postgres://127.0.0.1:1/app. Cannot connect to PostgreSQL at 127.0.0.1:1'
    ]
  ] as const) {
    await t.rejects(openForeignTable(url, 'users'), { name: 'CommandError', message }, url)
  }
  t.same(readdirSync(folder).sort(), ['empty.db', 'folder.db', 'text.db'])
})

pgTest('PostgreSQL: the error for a wrong password does not show it', async t => {
  const url = await createForeign(t, 'postgres', 'SELECT 1')
  const wrong = url.replace(/\/\/[^@]*@/, '//unknown:a-hidden-password@')
  await t.rejects(openForeignTable(wrong, 'users'), { message: /^(?!.*a-hidden-password)Cannot read / })
})
