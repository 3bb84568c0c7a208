import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t, { type Test } from 'tap'
import { build } from '../src/app.ts'
import { migratePostgres } from '../src/store/engine/postgres-migrations.ts'
import { openDatabase } from '../src/store/engine/sqlite-driver.ts'
import { migrateSqlite } from '../src/store/engine/sqlite-migrations.ts'
import { basic, bearer, password, postForm, testConfig } from './support/app.ts'
import { createClock } from './support/clocks.ts'
import { type EngineName, engines } from './support/engines.ts'
import { releasedDatabase, releases } from './support/released.ts'
import { authenticatorApp } from './support/second-factor.ts'
import { select } from './support/select.ts'
import { execute } from './support/store.ts'

const columns = 'public_key, counter, synced, backed_up, transports, name, created_at'

/** Copies the passkey of bob as one of `owner`, with further columns and their values. */
const copyOfPasskey = (id: string, owner = 'bob', column = '', value = '') =>
  `INSERT INTO passkeys (id, credential_id, user_id, ${columns}${column})
  SELECT '${id}', '${id}', (SELECT id FROM users WHERE username = '${owner}'), ${columns}${value}
  FROM passkeys WHERE name = 'Phone' LIMIT 1`

/** Applies the first `count` migrations. */
async function migrateInPart(t: Test, engine: EngineName, url: string, count: number) {
  const folder = t.testdir()
  cpSync(`migrations/${engine}`, folder, { recursive: true })
  const file = join(folder, 'meta/_journal.json')
  const journal = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
  if (engine === 'sqlite') {
    const db = openDatabase(url.slice('sqlite:'.length))
    migrateSqlite(db, folder)
    db.close()
    return
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await migratePostgres(client, folder, t.comment)
  await client.end()
}

for (const engine of engines)
  t.test(
    `A passkey that its owner never confirmed is removed, and the logins of the account end, on ${engine}`,
    async t => {
      const { url, state } = await releasedDatabase(t, '0.2.0', engine)
      await migrateInPart(t, engine, url, 6)
      const later = engine === 'sqlite' ? '1769860900000' : "'2026-01-31T12:01:40Z'"
      await execute(url, copyOfPasskey('not confirmed', 'carol', ', confirmed_at', ', NULL'))
      await execute(url, copyOfPasskey('confirmed later', 'bob', ', confirmed_at', `, ${later}`))
      const before = await select(url, 'SELECT id FROM passkeys ORDER BY id')
      const clock = createClock(state.now)
      const config = testConfig({ databaseUrl: url, rpId: 'example.com' })
      const app = await build({ config, now: clock.now })
      t.teardown(() => app.close())

      const kept = before.filter(({ id }) => id !== 'not confirmed')
      t.strictSame(await select(url, 'SELECT id FROM passkeys ORDER BY id'), kept)
      const [bob, carol] = [await app.userAdmin.byIdOrName('bob'), await app.userAdmin.byIdOrName('carol')]
      const times = (await app.secondFactors.list(bob)).items.map(({ created_at }) => created_at)
      t.ok(times.includes('2026-01-31T12:01:40.000Z'), 'it counts from its confirmation, for a link that undoes that')
      const { items } = await app.audit.page({ limit: 100, action: 'factor.removed' })
      const detail = { type: 'passkey', reason: 'not confirmed' }
      t.match(items, [{ actor: null, subject: carol.id, client_id: null, ip: null, detail }])
      t.equal(items.length, 1)

      const refresh = { grant_type: 'refresh_token', refresh_token: state.refreshToken }
      t.equal((await postForm(app, '/token', refresh)).statusCode, 400, 'it may have logged in with the passkey')
      t.equal(carol.secondFactorAt, null)
      const login = { grant_type: 'password', username: 'carol', password }
      t.equal((await postForm(app, '/token', login)).statusCode, 200, 'the password alone is enough, as before')
      const live = await select(
        url,
        'SELECT username FROM users JOIN sessions ON user_id = users.id WHERE revoked_at IS NULL'
      )
      t.ok(
        live.some(({ username }) => username === 'bob'),
        'other logins go on'
      )

      while ((await app.audit.seal()) > 0);
      t.strictSame(await select(url, 'SELECT 1 FROM audit WHERE seal IS NULL'), [])
      t.equal((await app.audit.verify()).broken, undefined, 'the audit trail is intact')
    }
  )

for (const release of releases) {
  for (const engine of engines) {
    t.test(`A ${engine} database of ${release} works after its migration`, async t => {
      const { url, state } = await releasedDatabase(t, release, engine)
      const names =
        engine === 'sqlite'
          ? "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '__drizzle%'"
          : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
      const tables = (await select(url, names)).map(({ name }) => String(name))
      /** The number of rows of every table that the release had. */
      async function counts() {
        const all: Record<string, number> = {}
        for (const table of tables) {
          const [row] = await select(url, `SELECT count(*) AS rows FROM ${table}`)
          all[table] = Number(row?.rows)
        }
        return all
      }
      const before = await counts()
      for (const [table, rows] of Object.entries(before)) t.ok(rows > 0, `${table} has rows`)

      const clock = createClock(state.now)
      const app = await build({ config: testConfig({ databaseUrl: url, rpId: 'example.com' }), now: clock.now })
      t.teardown(() => app.close())
      t.strictSame(await counts(), before, 'no row is lost')
      t.equal(app.dpop.binds(), engine === 'sqlite', 'a node of the release may run, which would end bound logins')
      const bob = await app.userAdmin.byIdOrName('bob')
      await execute(url, copyOfPasskey('by a node of the release'))
      t.equal((await app.secondFactors.list(bob)).items.length, 2, 'a node of the release still adds passkeys')

      t.equal((await app.inject({ url: '/users/me', headers: bearer(state.accessToken) })).statusCode, 200)
      const grant_type = 'refresh_token'
      const refreshed = await postForm(app, '/token', { grant_type, refresh_token: state.refreshToken })
      t.equal(refreshed.statusCode, 200, 'a refresh token works')
      const alice = { grant_type: 'password', username: 'alice' }
      const code = authenticatorApp(state.totpSecret).code(clock.now())
      t.equal((await postForm(app, '/token', { ...alice, password: password + code })).statusCode, 200, 'an app works')
      const { id, secret } = state.client
      const asClient = await postForm(app, '/token', { grant_type: 'client_credentials' }, basic(id, secret))
      t.equal(asClient.statusCode, 200, 'a client works')
      t.equal((await app.audit.verify()).broken, undefined, 'the audit trail is intact')
    })
  }
}
