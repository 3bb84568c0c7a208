import { type Test, test } from 'tap'
import { build } from '../../src/app.ts'
import type { Caller } from '../../src/auth/tokens/access-tokens.ts'
import { loadConfig } from '../../src/load-config.ts'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import type { UserRow } from '../../src/store/users.ts'
import { basic, bearer, logIn, password, postForm } from '../support/app.ts'
import { createCli } from '../support/cli.ts'
import { databaseUrl } from '../support/engines.ts'

type Owner = Caller & { user: UserRow }

/** The commands and a service on the same database, with an account that has logged in twice. */
async function createWorld(t: Test) {
  const { sallyport, env } = createCli(t)
  await sallyport(['users', 'create', 'alice', '--password-stdin'], password)
  const app = await build({ config: loadConfig(env) })
  t.teardown(() => app.close())
  const tokens = [await logIn(app), await logIn(app)]
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

test('sessions end --all ends the logins of users and the tokens of clients on every node', async t => {
  const more = {
    DATABASE_URL: await databaseUrl(t),
    SECRET: 's'.repeat(32),
    BCRYPT_COST: '4',
    LOG_LEVEL: 'silent'
  }
  const { sallyport, env } = createCli(t, more)
  for (const name of ['alice', 'bob']) await sallyport(['users', 'create', name, '--password-stdin'], password)
  const nodes = [await build({ config: loadConfig(env) }), await build({ config: loadConfig(env) })] as const
  t.teardown(() => Promise.all(nodes.map(node => node.close())))
  const made = ['--confidential', '--grants', 'client_credentials', '--scopes', 'introspect', '--json']
  const jobs = JSON.parse((await sallyport(['clients', 'create', 'jobs', ...made])).out)
  const own = { grant_type: 'client_credentials', scope: 'introspect' }
  const client = (await postForm(nodes[0], '/token', own, basic(jobs.client_id, jobs.client_secret))).json()
  const users = [await logIn(nodes[0]), await logIn(nodes[1], { username: 'bob' })]
  const ended = await logIn(nodes[0])
  await postForm(nodes[0], '/revoke', { token: ended.refresh_token })

  const me = (token: string) =>
    Promise.all(nodes.map(async node => (await node.inject({ url: '/users/me', headers: bearer(token) })).statusCode))
  const introspects = (token: string) =>
    Promise.all(nodes.map(async node => (await postForm(node, '/introspect', { token }, bearer(token))).statusCode))
  for (const { access_token } of users) t.strictSame(await me(access_token), [200, 200])
  t.strictSame(await introspects(client.access_token), [200, 200])

  for (const [args, err] of [
    [[], 'Name an account, or add --all.\n'],
    [['alice', '--all', '--yes'], 'Name an account, or add --all.\n'],
    [['alice', '--tokens'], '--tokens and --yes are for --all.\n']
  ] as const)
    t.same(await sallyport(['sessions', 'end', ...args]), { code: 2, out: '', err })
  t.same(await sallyport(['sessions', 'end', '--all']), {
    code: 2,
    out: '',
    err: 'No terminal to ask for confirmation. Use --yes.\n'
  })
  for (const { access_token } of users) t.strictSame(await me(access_token), [200, 200], 'nothing was done')
  t.same(await sallyport(['sessions', 'end', '--all', '--yes']), { code: 0, out: 'Ended 3 login(s).\n', err: '' })

  for (const { access_token, refresh_token } of users) {
    t.strictSame(await me(access_token), [401, 401])
    const again = await postForm(nodes[0], '/token', { grant_type: 'refresh_token', refresh_token })
    t.equal(again.json().error, 'invalid_grant')
  }
  t.strictSame(await introspects(client.access_token), [401, 401])
  t.strictSame(JSON.parse((await sallyport(['sessions', 'end', '--all', '--yes', '--json'])).out), { ended: 0 })
  const { items } = await nodes[0].audit.page({ action: 'sessions.ended', limit: 10 })
  t.match(items, [
    { actor: 'cli', subject: null, detail: { count: 0 } },
    { actor: 'cli', subject: null, detail: { count: 3 } }
  ])
  t.ok((await logIn(nodes[0])).access_token, 'users can log in again')

  const owner = (await nodes[0].accessTokens.authenticate((await logIn(nodes[0])).access_token)) as Owner
  const { token } = await nodes[0].personalTokens.create(owner, { name: 'script' }, {})
  await sallyport(['sessions', 'end', '--all', '--yes'])
  t.ok(await nodes[1].personalTokens.present(token, null), 'a personal access token stays')
  t.same(await sallyport(['sessions', 'end', '--all', '--tokens', '--yes']), {
    code: 0,
    out: 'Ended 0 login(s) and deleted 1 personal access token(s).\n',
    err: ''
  })
  for (const node of nodes) t.equal(await node.personalTokens.present(token, null), undefined)
  t.strictSame(JSON.parse((await sallyport(['sessions', 'end', '--all', '--tokens', '--yes', '--json'])).out), {
    ended: 0,
    deleted_tokens: 0
  })
  t.match((await nodes[0].audit.page({ action: 'personal_tokens.deleted', limit: 10 })).items, [
    { actor: 'cli', subject: null, detail: { count: 0 } },
    { actor: 'cli', subject: null, detail: { count: 1 } }
  ])
})
