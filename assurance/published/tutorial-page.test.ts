import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Test, test } from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { createUser, password } from '../../test/support/app.ts'
import { createCli } from '../../test/support/cli.ts'
import { freePort } from '../../test/support/free-port.ts'
import { codeBlocks } from '../../test/support/readme-commands.ts'
import { select } from '../../test/support/select.ts'
import { startServer } from '../../test/support/server.ts'
import { startSite } from '../../test/support/site.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { startNginx } from '../support/nginx.ts'
import { runPage, serveCommand, skipPages } from '../support/page.ts'
import {
  chapters,
  mainWithSqlAlchemy,
  order,
  pagePath,
  python,
  skipTutorial,
  tutorial,
  type Version,
  versions,
  writePrograms
} from '../support/tutorial.ts'

const root = join(import.meta.dirname, '../..')
const path = join(root, pagePath)
const form = { grant_type: 'password', username: 'alice', password }
const { version: packed } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/**
 * The state in which the page begins: a clone, and beside it the tutorial's project, with a database and the dict of
 * its page. The shell's `python3` is Debian's.
 */
const before = (version: Version) => `
mkdir sallyport my-app
cp -r ${join(root, 'examples')} sallyport/
git init -q my-app
python3() { ${python} "$@"; }
export PYTHONDONTWRITEBYTECODE=1
python3 -P ${tutorial.pathname} > /dev/null <<'END'
${JSON.stringify(order(version, `my-app/${chapters[version].file}`))}
END
cat > my-app/main.py <<'END'
fake_users_db = {
    "johndoe": {
        "username": "johndoe",
        "full_name": "John Doe",
        "email": "johndoe@example.com",
        "hashed_password": "${chapters[version].hash}",
        "disabled": False,
    }
}
END
cat > with-sqlalchemy.py <<'END'
${mainWithSqlAlchemy()}
END
cd sallyport
`

const ask = 'curl -s http://127.0.0.1:8000/items/ -H "Authorization: Bearer $TOKEN"'

/** The steps that the page has for one of the versions only. */
const otherwise: Record<Version, Record<string, string>> = {
  sqlmodel: {},
  security: {
    'sqlite:../database.db --table user': 'sqlite:../sql_app.db',
    'cp database.db database.db.before': 'cp sql_app.db sql_app.db.before',
    'prepare.py database.db user': 'prepare.py sql_app.db users',
    'python3 -m uvicorn': 'cp ../with-sqlalchemy.py main.py\npython3 -m uvicorn'
  }
}

for (const version of versions) {
  test(`${version}: the commands of the page work as documented, from an empty folder`, {
    skip: skipPages || skipTutorial
  }, async t => {
    const output = await runPage(t, {
      path: pagePath,
      before: before(version),
      standIns: {
        // assurance/packages/package.test.ts packs, installs and starts the package.
        'npm pack -s --pack-destination ../my-app/login': ':',
        [`npm install ./sallyport-${packed}.tgz`]: 'ln -s ~/node_modules .',
        'REGISTRATION=closed npx sallyport serve': `export REGISTRATION=closed\n${serveCommand}`,
        [ask]: `${ask}\necho\ngit status --porcelain`,
        ...otherwise[version]
      }
    })
    const expected = [
      /^Wrote to .*\/my-app\/login\/package\.json:/,
      /^$/,
      /^4 account\(s\) created, 0 unchanged, 0 row\(s\) skipped\.\n0 of 4 address\(es\) are verified, .*\n$/,
      /^0 account\(s\) created, 1 unchanged, 0 line\(s\) skipped\.\n$/,
      /^$/,
      /^$/,
      /^$/,
      /^\[{"title":"a lamp of johndoe","owner":"johndoe"}\]$/m
    ]
    t.match(output, expected)
    t.equal(output.length, expected.length)
    const untracked = String(output.at(-1)).match(/(?<=^\?\? ).*/gm) ?? []
    const programs = ['.gitignore', 'access_tokens.py', 'main.py', 'prepare.py']
    t.strictSame(untracked, [...programs, chapters[version].file].sort(), 'git stores nothing that has a hash')
  })
}

const [, behindProxy = ''] = codeBlocks(path, 'ini')

/** The settings of a block of the page, as a server in the folder of the file reads them. */
function settingsOf(t: Test, code: string) {
  const { config, problems } = readConfig({}, t.testdir({ '.env': code }))
  t.strictSame(problems, [])
  return config
}

/** Runs prepare.py of the page on the table of a database, for these accounts. */
function prepare(path: string, table: string, accounts: string) {
  const folder = dirname(path)
  writePrograms(folder, '')
  writeFileSync(join(folder, 'accounts.json'), accounts)
  return promisify(execFile)(python, ['prepare.py', path, table], { cwd: folder })
}

/** A database with these statements, in the test's folder. */
function makeDatabase(t: Test, statements: string): string {
  const path = join(t.testdir(), 'app.db')
  const db = openDatabase(path)
  db.exec(statements)
  db.close()
  return path
}

const columnsOf = async (path: string, table: string) =>
  (await select(`sqlite:${path}`, `SELECT name FROM pragma_table_info('${table}')`)).map(({ name }) => name)
const indexesOf = async (path: string, table: string) =>
  (await select(`sqlite:${path}`, `SELECT name FROM pragma_index_list('${table}') ORDER BY name`)).map(
    ({ name }) => name
  )

test('prepare.py keeps all else of a table: keys, constraints, defaults, indexes, triggers and references', {
  skip: skipTutorial
}, async t => {
  const path = makeDatabase(
    t,
    `CREATE TABLE team (id INTEGER PRIMARY KEY);
    CREATE TABLE user (
      id INTEGER NOT NULL,
      username VARCHAR NOT NULL,
      email VARCHAR NOT NULL,
      full_name VARCHAR,
      hashed_password VARCHAR NOT NULL,
      points INTEGER DEFAULT 7,
      badge VARCHAR,
      team_id INTEGER,
      PRIMARY KEY (id),
      CONSTRAINT uq_user_email UNIQUE (email),
      UNIQUE (full_name),
      UNIQUE (badge),
      FOREIGN KEY(team_id) REFERENCES team (id)
    );
    CREATE INDEX ix_user_points ON user (points);
    CREATE INDEX ix_user_name ON user (username, full_name);
    CREATE TRIGGER more AFTER UPDATE OF points ON user BEGIN SELECT 1; END;
    CREATE TABLE item (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES user (id));
    INSERT INTO team VALUES (1);
    INSERT INTO user VALUES (3, 'Alice', 'a@example.com', 'A', 'x', 9, 'b', 1), (4, 'eve', 'e@example.com', NULL, 'x', 1, NULL, 1);
    INSERT INTO item VALUES (1, 3)`
  )
  await prepare(path, 'user', '[{"username": "alice", "id": "a"}]')
  const url = `sqlite:${path}`
  t.strictSame(await select(url, 'SELECT * FROM user'), [
    { id: 3, username: 'alice', points: 9, badge: 'b', team_id: 1, sub: 'a' },
    { id: 4, username: 'eve', points: 1, badge: null, team_id: 1, sub: null }
  ])
  t.strictSame(
    await select(
      url,
      `SELECT "table" FROM pragma_foreign_key_list('user') UNION ALL
      SELECT "table" FROM pragma_foreign_key_list('item')`
    ),
    [{ table: 'team' }, { table: 'user' }]
  )
  t.strictSame(await select(url, 'PRAGMA foreign_key_check'), [])
  const indexes = ['ix_user_points', 'sqlite_autoindex_user_1', 'user_sub', 'user_username']
  t.strictSame(await indexesOf(path, 'user'), indexes)
  t.strictSame(await select(url, "SELECT name FROM sqlite_schema WHERE type = 'trigger'"), [{ name: 'more' }])
  const [column] = await select(url, "SELECT dflt_value FROM pragma_table_info('user') WHERE name = 'points'")
  t.strictSame(column, { dflt_value: '7' })
})

test('prepare.py gives a row without a username the name that its account got from its address', {
  skip: skipTutorial
}, async t => {
  const { sallyport, env } = createCli(t)
  const path = join(dirname(String(env.DATABASE_URL).slice('sqlite:'.length)), 'app.db')
  const db = openDatabase(path)
  const hash = `'${chapters.security.hash}'`
  db.exec(`CREATE TABLE users (id INTEGER PRIMARY KEY, username, email, hashed_password);
    INSERT INTO users VALUES (1, NULL, 'Zoë@Example.com', ${hash}), (2, '', 'b@example.com', ${hash}), (3, 'Carl', 'b@example.com', ${hash})`)
  db.close()
  const imported = await sallyport(['users', 'import', '--preset', 'fastapi-tutorial', '--from', `sqlite:${path}`])
  t.match(imported, { code: 0, out: '3 account(s) created' })
  const { out } = await sallyport(['users', 'list', '--json'])
  await prepare(path, 'users', out)
  const subs = Object.fromEntries(JSON.parse(out).map(({ username, id }: Record<string, string>) => [username, id]))
  t.strictSame(
    await select(`sqlite:${path}`, 'SELECT * FROM users'),
    ['zoë.example.com', 'b.example.com', 'carl'].map((username, index) => ({
      id: index + 1,
      username,
      sub: subs[username]
    }))
  )
})

test('prepare.py changes nothing when it fails', { skip: skipTutorial }, async t => {
  for (const [name, email, rows, message] of [
    ['a constraint in the line of its column', 'email UNIQUE', "(1, 'zoë', 'z')", /cannot drop UNIQUE column/],
    ['two names that are one in lower case', 'email', "(1, 'zoë', 'z'), (2, 'ZOË', 'y')", /UNIQUE constraint failed/]
  ] as const) {
    await t.test(name, async t => {
      const columns = `id INTEGER PRIMARY KEY, username, ${email}`
      const path = makeDatabase(t, `CREATE TABLE users (${columns}); INSERT INTO users VALUES ${rows}`)
      const before = await select(`sqlite:${path}`, 'SELECT * FROM users')
      await t.rejects(prepare(path, 'users', '[]'), { message })
      t.strictSame(await select(`sqlite:${path}`, 'SELECT * FROM users'), before)
      t.strictSame(await columnsOf(path, 'users'), ['id', 'username', 'email'])
    })
  }
})

/** nginx with these locations, which pass requests on to `sallyport`, on kept connections, and to `api`. */
function startProxy(t: Test, locations: string, { port, sallyport, api }: Record<string, number | string>) {
  const passed = locations
    .replaceAll('http://127.0.0.1:3000', 'http://sallyport')
    .replace('http://127.0.0.1:8000', String(api))
    // Since 1.29.7, nginx does so by default.
    .replace('proxy_set_header', 'proxy_http_version 1.1;\nproxy_set_header Connection "";\nproxy_set_header')
  const upstream = `upstream sallyport { server ${new URL(String(sallyport)).host}; keepalive 1; }`
  return startNginx(t, Number(port), passed, upstream)
}

const [locations = ''] = codeBlocks(path, 'nginx')

test('Behind the nginx of the page, Sallyport and the API have one origin', {
  skip: skipWithoutProgram('nginx')
}, async t => {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  t.match(locations, 'proxy_next_upstream off;', 'no password is sent twice, as next-steps.test.ts shows')
  const { issuer, trustProxy } = settingsOf(t, behindProxy)
  const { app, url } = await startServer(t, { issuer: issuer.replace('https://example.com', origin), trustProxy })
  const api = await startSite(t, (request, response) => response.end(`the API at ${request.url}`))
  await startProxy(t, locations, { port, sallyport: url, api })
  await createUser(app)
  const answer = await fetch(`${origin}/auth/token`, { method: 'POST', body: new URLSearchParams(form) })
  t.match(await answer.json(), { token_type: 'Bearer' })
  const metadata = await fetch(`${origin}/.well-known/oauth-authorization-server/auth`)
  t.match(await metadata.json(), { issuer: `${origin}/auth`, token_endpoint: `${origin}/auth/token` })
  t.equal(await (await fetch(`${origin}/items/`)).text(), 'the API at /items/')
})
