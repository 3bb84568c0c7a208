import { type Test, test } from 'tap'
import { build } from '../../src/app.ts'
import type { Caller } from '../../src/auth/tokens/access-tokens.ts'
import { openDatabase } from '../../src/store/engine/sqlite-driver.ts'
import type { UserRow } from '../../src/store/users.ts'
import { loadConfig } from '../../src/wiring/load-config.ts'
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

test('Sessions list shows the sessions of an account, and sessions end ends one of them', async t => {
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

test('Sessions end without an id ends every session, and the audit trail names the actor', async t => {
  const { sallyport, env, statuses } = await createWorld(t)
  const { out } = await sallyport(['sessions', 'end', 'alice', '--json'])
  t.equal(JSON.parse(out).ended.length, 2)
  t.same(await statuses(), [401, 401])
  t.equal((await sallyport(['sessions', 'end', 'alice'])).out, 'Ended 0 login(s) of alice.\n')
  const db = openDatabase(String(env.DATABASE_URL?.slice('sqlite:'.length)))
  t.same(db.prepare("SELECT actor FROM audit WHERE action = 'session.ended'").pluck().all(), ['cli', 'cli'])
  db.close()
})

test('An unknown account and a session of another account are refused with 1', async t => {
  const { sallyport } = await createWorld(t)
  for (const [args, message] of [
    [['list', 'mallory'], 'There is no user mallory.\n'],
    [['end', 'mallory'], 'There is no user mallory.\n'],
    [['end', 'alice', 'nothing'], 'alice has no login nothing.\n']
  ] as const) {
    t.same(await sallyport(['sessions', ...args]), { code: 1, out: '', err: message })
  }
})

test("A User-Agent cannot control the operator's terminal", async t => {
  const { sallyport, app } = await createWorld(t)
  const form = { grant_type: 'password', username: 'alice', password }
  await postForm(app, '/token', form, { 'user-agent': 'curl\u009b2J\u202e' })
  const { out } = await sallyport(['sessions', 'list', 'alice'])
  t.match(out, 'curl\\u{9b}2J')
  t.notMatch(out, '\u009b')
})

test('Sessions end --all ends the logins of users and the tokens of clients on every node', async t => {
  const url = await databaseUrl(t)
  const more = { DATABASE_URL: url, SECRET: 's'.repeat(32), BCRYPT_COST: '4', LOG_LEVEL: 'silent' }
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
  /** What each node answers to the tokens of both users, and to that of the client. */
  async function statuses() {
    const all: number[] = []
    for (const node of nodes) {
      for (const { access_token } of users)
        all.push((await node.inject({ url: '/users/me', headers: bearer(access_token) })).statusCode)
      const { access_token: token } = client
      all.push((await postForm(node, '/introspect', { token }, bearer(token))).statusCode)
    }
    return all
  }
  t.strictSame(await statuses(), Array(6).fill(200))
  const end = (...args: string[]) => sallyport(['sessions', 'end', ...args])
  for (const [args, err] of [
    [[], 'Name an account, or add --all.\n'],
    [['alice', '--all', '--yes'], 'Name an account, or add --all.\n'],
    [['alice', '--tokens'], '--tokens and --yes are for --all.\n'],
    [['--all'], 'No terminal to ask for confirmation. Use --yes.\n']
  ] as const)
    t.same(await end(...args), { code: 2, out: '', err })
  t.strictSame(await statuses(), Array(6).fill(200), 'nothing was done')
  t.same(await end('--all', '--yes'), { code: 0, out: 'Ended 3 login(s).\n', err: '' })
  t.strictSame(await statuses(), Array(6).fill(401))
  for (const { refresh_token } of users)
    t.match((await postForm(nodes[0], '/token', { grant_type: 'refresh_token', refresh_token })).json(), {
      error: 'invalid_grant'
    })
  t.strictSame(JSON.parse((await end('--all', '--yes', '--json')).out), { ended: 0 })
  const trail = async (action: string) => (await nodes[0].audit.page({ action, limit: 10 })).items
  t.match(await trail('sessions.ended'), [
    { actor: 'cli', subject: null, detail: { count: 0 } },
    { actor: 'cli', subject: null, detail: { count: 3 } }
  ])

  const owner = (await nodes[0].accessTokens.authenticate((await logIn(nodes[0])).access_token)) as Owner
  const { token } = await nodes[0].personalTokens.create(owner, { name: 'script' }, {})
  await end('--all', '--yes')
  t.ok(await nodes[1].personalTokens.present(token, null), 'a personal access token stays')
  const out = 'Ended 0 login(s) and deleted 1 personal access token(s).\n'
  t.same(await end('--all', '--tokens', '--yes'), { code: 0, out, err: '' })
  for (const node of nodes) t.equal(await node.personalTokens.present(token, null), undefined)
  const json = JSON.parse((await end('--all', '--tokens', '--yes', '--json')).out)
  t.strictSame(json, { ended: 0, deleted_tokens: 0 })
  t.match(await trail('personal_tokens.deleted'), [{ detail: { count: 0 } }, { actor: 'cli', detail: { count: 1 } }])
})
