import t, { type Test } from 'tap'
import type { PasswordReason } from '../../src/base/errors.ts'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createApp, createUser, logIn, password, postForm } from '../support/app.ts'
import { databaseUrl } from '../support/engines.ts'
import { assertProblem, type Refusal } from '../support/problem.ts'

const next = 'purple monkey dishwasher lamp'

const changedMeanwhile = { detail: 'This was changed by another request. Read it again and retry.' }
const shop = { name: 'shop', confidential: false, grants: ['password'], scopes: ['me'] }

/** A fresh app on which alice is logged in. */
async function withAlice(t: Test, settings: Partial<Config> = {}) {
  const { app, clock, config } = await createApp(t, settings)
  const user = await createUser(app)
  const tokens = await logIn(app)
  const as = (token: string) => (method: 'GET' | 'PATCH' | 'PUT' | 'DELETE', url: string, payload?: object) =>
    app.inject({ method, url, headers: bearer(token), ...(payload ? { payload } : {}) })
  return { app, clock, config, user, tokens, as, call: as(tokens.access_token) }
}

t.test("The user's own account is read and changed member by member", async t => {
  const { app, call, clock, user } = await withAlice(t)
  const alice = app.users.describe(user)
  const read = await call('GET', '/users/me')
  t.equal(read.statusCode, 200)
  t.equal(read.headers['cache-control'], 'no-store')
  t.strictSame(read.json(), alice)

  clock.advance(60)
  const updated_at = clock.now().toISOString()
  for (const [change, after] of [
    [{ email: 'Alice@Example.com' }, { email: 'alice@example.com' }],
    [{ full_name: 'Alice' }, { email: 'alice@example.com', full_name: 'Alice' }],
    [{ locale: 'de-at' }, { email: 'alice@example.com', full_name: 'Alice', locale: 'de-AT' }],
    [{ email: null, full_name: null, locale: null }, {}]
  ] as const) {
    const answer = await call('PATCH', '/users/me', change)
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), { ...alice, ...after, updated_at })
    t.strictSame((await call('GET', '/users/me')).json(), answer.json())
  }
})

t.test('A change of the password does not prolong the login', async t => {
  const { call, as, clock } = await withAlice(t)
  const endOf = async (one: typeof call) => (await one('GET', '/users/me/sessions')).json().items[0].expires_at
  const before = await endOf(call)
  clock.advance(300)
  const change = { current_password: password, new_password: next }
  t.equal(await endOf(as((await call('PUT', '/users/me/password', change)).json().access_token)), before)
})

t.test('Changing the password ends every session and begins one for the caller (ASVS 7.4.3)', async t => {
  const { app, call, as, tokens } = await withAlice(t)
  const other = await logIn(app)
  const change = { current_password: password, new_password: next }
  const answer = await app.inject({
    method: 'PUT',
    url: '/users/me/password',
    payload: change,
    headers: { ...bearer(tokens.access_token), 'user-agent': 'phone' },
    remoteAddress: '192.0.2.7'
  })
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['cache-control'], 'no-store')
  const { access_token, refresh_token, ...about } = answer.json()
  t.strictSame(about, {
    token_type: 'Bearer',
    expires_in: 600,
    refresh_token_timeout: 1_209_600,
    authorization_expires_in: 7_776_000,
    scope: 'me'
  })

  t.equal((await call('GET', '/users/me')).statusCode, 401)
  t.equal((await as(other.access_token)('GET', '/users/me')).statusCode, 401)
  const refresh = (refresh_token: string) => postForm(app, '/token', { grant_type: 'refresh_token', refresh_token })
  t.equal((await refresh(tokens.refresh_token)).json().error, 'invalid_grant')
  t.equal((await refresh(other.refresh_token)).json().error, 'invalid_grant')
  const { items } = (await as(access_token)('GET', '/users/me/sessions')).json()
  t.match(items, [{ current: true, client_id: 'first-party', scope: 'me', ip: '192.0.2.7', user_agent: 'phone' }])
  t.equal(items.length, 1)
  t.equal((await refresh(refresh_token)).statusCode, 200)
  const trail = await app.audit.page({ action: 'user.password_changed', limit: 10 })
  t.match(trail.items, [{ detail: { session: items[0].id } }])
  t.ok((await logIn(app, { password: next })).access_token)
  t.notOk((await logIn(app)).access_token)
  const again = await as((await refresh(refresh_token)).json().access_token)('PUT', '/users/me/password', change)
  t.equal(again.statusCode, 403, 'the old password is not the current one')
})

t.test('An invalid change is 400 with a pointer (RFC 9457 §3)', async t => {
  const { call } = await withAlice(t)
  const one = (pointer: string, detail: string, reason?: PasswordReason): Refusal => ({
    detail: `The request is not valid: ${pointer} ${detail}.`,
    errors: [{ pointer, detail, ...(reason ? { reason } : {}) }]
  })
  const changes: [object, Refusal][] = [
    [{ username: 'mallory' }, one('/username', 'is unknown')],
    [{ disabled: false }, one('/disabled', 'is unknown')],
    [{ scopes: ['users:write'] }, one('/scopes', 'is unknown')],
    [{ full_name: 'a\nb' }, one('/full_name', 'contains a control character or an unpaired surrogate')]
  ]
  for (const [payload, refusal] of changes)
    assertProblem(t, await call('PATCH', '/users/me', payload), 400, '/users/me', refusal)
  const passwords: [object, Refusal][] = [
    [{}, one('/new_password', 'is missing')],
    [{ new_password: 'short' }, one('/new_password', 'is shorter than 15 characters', 'length')],
    [{ new_password: 'Alice behind the mirror' }, one('/new_password', 'contains the username', 'context')],
    [{ new_password: next, x: 1 }, one('/x', 'is unknown')]
  ]
  const url = '/users/me/password'
  for (const [payload, refusal] of passwords)
    assertProblem(t, await call('PUT', url, { current_password: password, ...payload }), 400, url, refusal)
})

t.test('A wrong current password is 403, and no session ends', async t => {
  const { app, call, as } = await withAlice(t)
  const other = await logIn(app)
  const refusal = {
    detail: 'The current password is wrong.',
    errors: [{ pointer: '/current_password', detail: 'is wrong' }]
  }
  const url = '/users/me/password'
  for (const current_password of ['a wrong password, long enough', '', `${password}\0`])
    assertProblem(t, await call('PUT', url, { current_password, new_password: next }), 403, url, refusal)
  t.equal((await as(other.access_token)('GET', '/users/me')).statusCode, 200)
})

t.test('A password change continues the login of its client', async t => {
  const change = { current_password: password, new_password: next }
  const put = (app: Awaited<ReturnType<typeof withAlice>>['app'], token: string, payload: object = change) =>
    app.inject({ method: 'PUT', url: '/users/me/password', headers: bearer(token), payload })

  t.test('A password change gives tokens of the same scope, which only the same client can refresh', async t => {
    const { app, user } = await withAlice(t)
    await app.userAdmin.update(user.id, { scopes: ['me', 'orders:read'] }, {})
    const grants = ['password', 'refresh_token']
    const made = await app.clientAdmin.create({
      name: 'shop',
      confidential: true,
      grants,
      scopes: ['me', 'orders:read']
    })
    const headers = basic(made.client.id, String(made.secret))
    const grant = { grant_type: 'password', username: 'alice', password }
    const first = (await postForm(app, '/token', grant, headers)).json()
    // The access token of this refresh has less than the login.
    const narrow = { grant_type: 'refresh_token', refresh_token: first.refresh_token, scope: 'me' }
    const { access_token } = (await postForm(app, '/token', narrow, headers)).json()
    const answer = await put(app, access_token)
    t.equal(answer.statusCode, 200)
    t.equal(answer.json().scope, 'me')
    const refresh = { grant_type: 'refresh_token', refresh_token: answer.json().refresh_token }
    t.equal((await postForm(app, '/token', refresh)).json().error, 'invalid_grant')
    t.match((await postForm(app, '/token', refresh, headers)).json(), { scope: 'me orders:read' })
    t.match(await app.sessions.ofUser(user.id), [{ clientId: made.client.id }])
  })

  t.test('A password change gives no refresh token to a client that may not refresh', async t => {
    const { app } = await withAlice(t)
    const made = await app.clientAdmin.create(shop)
    const { access_token } = await logIn(app, { client_id: made.client.id })
    t.strictSame(Object.keys((await put(app, access_token)).json()).sort(), [
      'access_token',
      'expires_in',
      'scope',
      'token_type'
    ])
  })

  t.test('A password change changes nothing if the client is disabled, narrowed or deleted meanwhile', async t => {
    const { app, user } = await withAlice(t)
    const { verify } = app.passwords
    const ids = async () => (await app.sessions.ofUser(user.id)).map(({ id }) => id)
    for (const act of [
      () => app.clientAdmin.update('shop', { disabled: true }, {}),
      () => app.clientAdmin.update('shop', { disabled: false, scopes: ['orders:read'] }, {}),
      () => app.clientAdmin.delete('shop', {})
    ]) {
      const made = await app.clientAdmin.byIdOrName('shop').catch(() => undefined)
      const { id } = made ?? (await app.clientAdmin.create(shop)).client
      await app.clientAdmin.update(id, { disabled: false, scopes: ['me'] }, {})
      const { access_token } = await logIn(app, { client_id: id })
      const before = await ids()
      app.passwords.verify = async (...args) => {
        const right = await verify(...args)
        await act()
        return right
      }
      assertProblem(t, await put(app, access_token), 409, '/users/me/password', changedMeanwhile)
      app.passwords.verify = verify
      const after = await ids()
      t.ok(after.length > 0 && after.every(id => before.includes(id)))
    }
    t.ok((await logIn(app)).access_token, 'the old password works')
  })
})

t.test('A client that may get no more tokens is refused before the current password is checked', async t => {
  const url = await databaseUrl(t, 'sqlite')
  const before = await withAlice(t, { databaseUrl: url })
  const made = await before.app.clientAdmin.create(shop)
  const atShop = await logIn(before.app, { client_id: made.client.id })
  await before.app.clientAdmin.update('shop', { scopes: ['orders:read'] }, {})
  const narrowed = await before.app.inject({ url: '/users/me', headers: bearer(atShop.access_token) })
  t.match(narrowed.json(), { status: 403, detail: 'The access token lacks the scope me.' })
  const { app } = await createApp(t, { databaseUrl: url, firstPartyClient: 'off' })
  const refusal = { detail: 'The client of this login may get no more tokens.' }
  for (const current_password of [password, 'not the password of anyone']) {
    const payload = { current_password, new_password: next }
    const headers = bearer(before.tokens.access_token)
    const answer = await app.inject({ method: 'PUT', url: '/users/me/password', payload, headers })
    assertProblem(t, answer, 409, '/users/me/password', refusal)
  }
  t.equal((await app.db.users.byUsername('alice'))?.passwordHash, before.user.passwordHash)
})
