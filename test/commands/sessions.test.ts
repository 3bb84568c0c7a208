import { type Test, test } from 'tap'
import { build } from '../../src/app.ts'
import { loadConfig } from '../../src/config/config.ts'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import { bearer, login, password, postForm } from '../support/app.ts'
import { createCli } from '../support/cli.ts'

/** The commands and a service on the same database, with an account that has logged in twice. */
async function createWorld(t: Test) {
  const { sallyport, env } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const app = await build({ config: loadConfig(env) })
  t.teardown(() => app.close())
  const tokens = [await login(app), await login(app)]
  const me = async (token: string) => (await app.inject({ url: '/users/me', headers: bearer(token) })).statusCode
  return { sallyport, env, app, statuses: () => Promise.all(tokens.map(({ access_token }) => me(access_token))) }
}

test('sessions list shows the sessions of an account, and sessions end ends one of them', async t => {
  const { sallyport, statuses } = await createWorld(t)
  const [newest, ...others] = JSON.parse((await sallyport(['sessions', 'list', 'alice', '--json'])).out)
  t.equal(others.length, 1)
  t.match(newest, { client_id: 'first-party', scope: 'me', ip: '127.0.0.1' })
  t.notOk('current' in newest, 'a terminal has no current session')
  t.match(
    (await sallyport(['sessions', 'list', 'alice'])).out,
    /^id .*user_agent\n.* first-party .*\n.* first-party .*\n$/
  )

  t.same(await sallyport(['sessions', 'end', 'alice', newest.id]), {
    code: 0,
    out: 'Ended 1 login(s) of alice.\n',
    err: ''
  })
  t.same((await statuses()).sort(), [200, 401])
})

test('sessions end without an id ends every session, and the audit trail names the actor', async t => {
  const { sallyport, env, statuses } = await createWorld(t)
  const { out } = await sallyport(['sessions', 'end', 'alice', '--json'])
  t.equal(JSON.parse(out).ended.length, 2)
  t.same(await statuses(), [401, 401])
  t.equal((await sallyport(['sessions', 'end', 'alice'])).out, 'Ended 0 login(s) of alice.\n')
  const db = openDatabase(String(env.DATABASE_URL?.slice('sqlite:'.length)))
  t.same(db.prepare("SELECT actor FROM audit WHERE action = 'session.ended'").pluck().all(), ['cli', 'cli'])
  db.close()
})

test('an unknown account and a session of another account are refused with 1', async t => {
  const { sallyport } = await createWorld(t)
  for (const [args, message] of [
    [['list', 'mallory'], 'There is no user mallory.\n'],
    [['end', 'mallory'], 'There is no user mallory.\n'],
    [['end', 'alice', 'nothing'], 'alice has no login nothing.\n']
  ] as const) {
    t.same(await sallyport(['sessions', ...args]), { code: 1, out: '', err: message })
  }
})

test("a User-Agent cannot control the operator's terminal", async t => {
  const { sallyport, app } = await createWorld(t)
  const form = { grant_type: 'password', username: 'alice', password }
  await postForm(app, '/token', form, { 'user-agent': 'curl\u009b2J\u202e' })
  const { out } = await sallyport(['sessions', 'list', 'alice'])
  t.match(out, 'curl\\u{9b}2J')
  t.notMatch(out, '\u009b')
})
