import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import type { PasswordReason } from '../../src/errors.ts'
import { basic, bearer, createApp, createUser, logIn, password, postForm } from '../support/app.ts'
import { bothSchemes } from '../support/dpop.ts'
import { databaseUrl } from '../support/engines.ts'
import { assertProblem, type Refusal } from '../support/problem.ts'

const next = 'purple monkey dishwasher lamp'

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

t.test(`the user's own account`, async t => {
  t.test('is read and changed member by member', async t => {
    const { call, clock, user } = await withAlice(t)
    const made = clock.now().toISOString()
    const alice = {
      id: user.id,
      username: 'alice',
      email: null as string | null,
      email_verified: false,
      pending_email: null,
      full_name: null as string | null,
      locale: null as string | null,
      disabled: false,
      scopes: ['me'],
      data: {},
      claims: {},
      invited_at: null,
      created_at: made,
      updated_at: made
    }
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

  t.test('a change of the password does not prolong the login', async t => {
    const { call, as, clock } = await withAlice(t)
    const endOf = async (one: typeof call) => (await one('GET', '/users/me/sessions')).json().items[0].expires_at
    const before = await endOf(call)
    clock.advance(300)
    const change = { current_password: password, new_password: next }
    t.equal(await endOf(as((await call('PUT', '/users/me/password', change)).json().access_token)), before)
  })

  t.test('changing the password ends every session and begins one for the caller (ASVS 7.4.3)', async t => {
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

  t.test('a disabled user is refused at once', async t => {
    const { app, call, user } = await withAlice(t)
    await app.userAdmin.update(user.id, { disabled: true }, {})
    const answer = await call('GET', '/users/me')
    assertProblem(t, answer, 401, '/users/me', { detail: 'The access token is invalid, expired or revoked.' })
    t.equal(
      answer.headers['www-authenticate'],
      'Bearer realm="sallyport", error="invalid_token", error_description="The access token is invalid, expired or revoked."'
    )
  })

  t.test("the user's sessions are listed, the latest first, with the current one marked", async t => {
    const { app, call, clock } = await withAlice(t)
    clock.advance(60)
    await postForm(
      app,
      '/token',
      { grant_type: 'password', username: 'alice', password, scope: 'me' },
      {
        'user-agent': `phone ${'x'.repeat(300)}`
      }
    )
    const answer = await call('GET', '/users/me/sessions')
    t.equal(answer.statusCode, 200)
    const [phone, here] = answer.json().items
    t.strictSame(Object.keys(phone).sort(), [
      'client_id',
      'created_at',
      'current',
      'dpop_bound',
      'expires_at',
      'id',
      'idle_expires_at',
      'ip',
      'last_ip',
      'last_used_at',
      'scope',
      'user_agent'
    ])
    t.match(phone, { current: false, client_id: 'first-party', scope: 'me', ip: '127.0.0.1' })
    t.equal(phone.user_agent.length, 256)
    t.match(here, {
      current: true,
      created_at: '2026-01-31T12:00:00.000Z',
      last_used_at: '2026-01-31T12:00:00.000Z',
      idle_expires_at: '2026-02-14T12:00:00.000Z',
      expires_at: '2026-05-01T12:00:00.000Z',
      user_agent: 'lightMyRequest'
    })
    t.equal(answer.json().items.length, 2)
  })

  t.test('a session can be ended once, by its own user only', async t => {
    const { app, call, as } = await withAlice(t)
    await createUser(app, 'bob')
    const bob = as((await logIn(app, { username: 'bob' })).access_token)
    const other = await logIn(app)
    const [{ id }] = (await call('GET', '/users/me/sessions'))
      .json()
      .items.filter((item: { current: boolean }) => !item.current)
    const url = `/users/me/sessions/${id}`
    const notFound = { detail: 'This account has no session with this id.' }
    assertProblem(t, await bob('DELETE', url), 404, url, notFound)
    t.equal((await as(other.access_token)('GET', '/users/me')).statusCode, 200)
    t.equal((await call('DELETE', url)).statusCode, 204)
    t.equal((await as(other.access_token)('GET', '/users/me')).statusCode, 401)
    assertProblem(t, await call('DELETE', url), 404, url, notFound)
    const unknown = '/users/me/sessions/019c0000-0000-7000-8000-0123456789ab'
    assertProblem(t, await call('DELETE', unknown), 404, unknown, notFound)
    const garbage = '/users/me/sessions/x%00y'
    t.equal((await call('DELETE', garbage)).statusCode, 400)
  })

  t.test('ends all other sessions, or all with ?all=true', async t => {
    const { app, call, as } = await withAlice(t)
    const others = [await logIn(app), await logIn(app)]
    t.equal((await call('DELETE', '/users/me/sessions')).statusCode, 204)
    for (const { access_token } of others) {
      t.equal((await as(access_token)('GET', '/users/me')).statusCode, 401)
    }
    t.equal((await call('GET', '/users/me')).statusCode, 200)
    t.equal((await call('DELETE', '/users/me/sessions?all=false')).statusCode, 204)
    t.equal((await call('GET', '/users/me')).statusCode, 200)
    t.equal((await call('DELETE', '/users/me/sessions?all=maybe')).statusCode, 400)
    t.equal((await call('DELETE', '/users/me/sessions?all=true')).statusCode, 204)
    t.equal((await call('GET', '/users/me')).statusCode, 401)
  })
})

t.test('an invalid change is 400 with a pointer (RFC 9457 §3)', async t => {
  const { call } = await withAlice(t)
  const one = (pointer: string, detail: string, reason?: PasswordReason): Refusal => ({
    detail: `The request is not valid: ${pointer} ${detail}.`,
    errors: [{ pointer, detail, ...(reason ? { reason } : {}) }]
  })
  for (const [method, url, payload, refusal] of [
    ['PATCH', '/users/me', { username: 'mallory' }, one('/username', 'is unknown')],
    ['PATCH', '/users/me', { disabled: false }, one('/disabled', 'is unknown')],
    ['PATCH', '/users/me', { scopes: ['users:write'] }, one('/scopes', 'is unknown')],
    [
      'PATCH',
      '/users/me',
      { full_name: 'a\nb' },
      one('/full_name', 'contains a control character or an unpaired surrogate')
    ],
    ['PUT', '/users/me/password', { current_password: password }, one('/new_password', 'is missing')],
    [
      'PUT',
      '/users/me/password',
      { current_password: password, new_password: 'short' },
      one('/new_password', 'is shorter than 15 characters', 'length')
    ],
    [
      'PUT',
      '/users/me/password',
      { current_password: password, new_password: 'passwordpassword' },
      one('/new_password', 'is too common; use several unrelated words', 'common')
    ],
    [
      'PUT',
      '/users/me/password',
      { current_password: password, new_password: 'Alice behind the mirror' },
      one('/new_password', 'contains the username', 'context')
    ],
    ['PUT', '/users/me/password', { current_password: password, new_password: next, x: 1 }, one('/x', 'is unknown')]
  ] as const) {
    assertProblem(t, await call(method, url, payload), 400, url, refusal)
  }
})

t.test('a wrong current password is 403, and no session ends', async t => {
  const { app, call, as } = await withAlice(t)
  const other = await logIn(app)
  for (const current_password of ['a wrong password, long enough', '', `${password}\0`]) {
    assertProblem(
      t,
      await call('PUT', '/users/me/password', { current_password, new_password: next }),
      403,
      '/users/me/password',
      {
        detail: 'The current password is wrong.',
        errors: [{ pointer: '/current_password', detail: 'is wrong' }]
      }
    )
  }
  t.equal((await as(other.access_token)('GET', '/users/me')).statusCode, 200)
})

t.test("every URL of the user's account requires a token with the scope me (RFC 6750 §3)", async t => {
  const { app, as } = await withAlice(t)
  await createUser(app, 'bob', ['shop:buy'])
  const { access_token } = await logIn(app, { username: 'bob' })
  for (const [method, url] of [
    ['GET', '/users/me'],
    ['PATCH', '/users/me'],
    ['PUT', '/users/me/password'],
    ['GET', '/users/me/sessions'],
    ['DELETE', '/users/me/sessions'],
    ['DELETE', '/users/me/sessions/x']
  ] as const) {
    const bare = await app.inject({ method, url })
    assertProblem(t, bare, 401, url, { detail: 'Send an access token: Authorization: Bearer <token>.' }, method)
    t.equal(bare.headers['www-authenticate'], bothSchemes)
    const narrow = await as(access_token)(method, url)
    assertProblem(t, narrow, 403, url, { detail: 'The access token lacks the scope me.' }, method)
    t.equal(
      narrow.headers['www-authenticate'],
      'Bearer realm="sallyport", error="insufficient_scope", error_description="The access token lacks the scope me.", scope="me"'
    )
  }
})

t.test("a client's own token has no account (RFC 6749 §4.4)", async t => {
  const { app, as } = await withAlice(t)
  const { client, secret } = await app.clientAdmin.create({
    name: 'reports',
    confidential: true,
    grants: ['client_credentials'],
    scopes: ['me']
  })
  const answer = await postForm(app, '/token', { grant_type: 'client_credentials' }, basic(client.id, String(secret)))
  const { access_token } = answer.json()
  for (const url of ['/users/me', '/users/me/sessions']) {
    assertProblem(t, await as(access_token)('GET', url), 403, url, {
      detail: 'This access token belongs to a client, not to a user.'
    })
  }
})

t.test('a scope that the user lost is missing from tokens issued before', async t => {
  const { app, call, user } = await withAlice(t)
  await app.userAdmin.update(user.id, { scopes: ['shop:buy'] }, {})
  t.equal((await call('GET', '/users/me')).statusCode, 403)
})

t.test('a concurrent password change is 409 (compare-and-swap)', async t => {
  const { app, call } = await withAlice(t)
  const verify = app.passwords.verify
  t.teardown(() => {
    app.passwords.verify = verify
  })
  app.passwords.verify = async (...args) => {
    const right = await verify(...args)
    const user = await app.userAdmin.byIdOrName('alice')
    await app.db.users.upgradeHash(user.id, user.passwordHash, await app.passwords.hash('another request was faster'))
    return right
  }
  assertProblem(
    t,
    await call('PUT', '/users/me/password', { current_password: password, new_password: next }),
    409,
    '/users/me/password',
    { detail: 'This was changed by another request. Read it again and retry.' }
  )
})

t.test('a password change continues the login of its client', async t => {
  const change = { current_password: password, new_password: next }
  const put = (app: Awaited<ReturnType<typeof withAlice>>['app'], token: string, payload: object = change) =>
    app.inject({ method: 'PUT', url: '/users/me/password', headers: bearer(token), payload })

  t.test('with the same scope, and tokens that only this client can refresh', async t => {
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

  t.test('without a refresh token for a client that may not refresh', async t => {
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

  for (const [why, act] of Object.entries({
    'was disabled': (app, name) => app.clientAdmin.update(name, { disabled: true }, {}),
    'lost its scopes': (app, name) => app.clientAdmin.update(name, { scopes: ['orders:read'] }, {}),
    'was deleted': (app, name) => app.clientAdmin.delete(name, {})
  } as Record<string, (app: Awaited<ReturnType<typeof withAlice>>['app'], name: string) => Promise<unknown>>)) {
    t.test(`but changes nothing if the client ${why} at the same time`, async t => {
      const { app, user } = await withAlice(t)
      const made = await app.clientAdmin.create(shop)
      const { access_token } = await logIn(app, { client_id: made.client.id })
      const before = (await app.sessions.ofUser(user.id)).map(({ id }) => id)
      const { verify } = app.passwords
      app.passwords.verify = async (...args) => {
        const right = await verify(...args)
        await act(app, 'shop')
        return right
      }
      assertProblem(t, await put(app, access_token), 409, '/users/me/password', {
        detail: 'This was changed by another request. Read it again and retry.'
      })
      app.passwords.verify = verify
      const after = (await app.sessions.ofUser(user.id)).map(({ id }) => id)
      t.ok(after.length > 0 && after.every(id => before.includes(id)))
      t.ok((await logIn(app)).access_token, 'the old password works')
    })
  }
})

t.test('a client that may get no more tokens is refused before the current password is checked', async t => {
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
