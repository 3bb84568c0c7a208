import t from 'tap'
import { build } from '../src/app.ts'
import { basic, bearer, password, postForm, testConfig } from './support/app.ts'
import { createClock } from './support/clocks.ts'
import { engines } from './support/engines.ts'
import { releasedDatabase, releases } from './support/released.ts'
import { authenticatorApp } from './support/second-factor.ts'
import { select } from './support/select.ts'
import { execute } from './support/store.ts'

for (const release of releases) {
  for (const engine of engines) {
    t.test(`a ${engine} database of ${release} works after its migration`, async t => {
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
      const [owner] = await select(url, 'SELECT user_id AS id FROM passkeys')
      const [passkey] = ((await app.passkeys?.list(owner as { id: string })) ?? []).map(row =>
        app.passkeys?.describe(row)
      )
      t.equal(passkey?.confirmed_at, passkey?.created_at, 'a passkey is a second factor as before')
      const columns = 'user_id, public_key, counter, synced, backed_up, transports, name, created_at'
      await execute(
        url,
        `INSERT INTO passkeys (id, credential_id, ${columns}) SELECT 'x', 'x', ${columns} FROM passkeys`
      )
      const [{ rows } = {}] = await select(url, 'SELECT count(*) AS rows FROM passkeys WHERE confirmed_at IS NULL')
      t.equal(Number(rows), 0, 'one that a node of the release adds is a second factor too')

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
