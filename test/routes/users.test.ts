import { decodeJwt } from 'jose'
import t from 'tap'
import type { PasswordReason } from '../../src/errors.ts'
import { basic, bearer, createApp, createUser, logIn, password, withMetrics } from '../support/app.ts'
import { createCodeWorld } from '../support/email-codes.ts'
import { guess, turns } from '../support/guess.ts'
import { linkIn } from '../support/mail-server.ts'
import { assertProblem, type Refusal } from '../support/problem.ts'
import { auditTrail } from '../support/store.ts'

const member = (pointer: string, detail: string, reason?: PasswordReason): Refusal => ({
  detail: `The request is not valid: ${pointer} ${detail}.`,
  errors: [{ pointer, detail, ...(reason ? { reason } : {}) }]
})

t.test('POST /users creates an account that can log in', async t => {
  const { app, clock } = await createApp(t, {})
  const answer = await app.inject({
    method: 'POST',
    url: '/users',
    payload: { username: 'Alice', password, email: 'Alice@Example.com', full_name: 'Alice Liddell 😀' }
  })
  const { id } = answer.json()
  const now = clock.now().toISOString()
  t.equal(answer.statusCode, 201)
  t.equal(answer.headers.location, `/users/${id}`)
  t.strictSame(answer.json(), {
    id,
    username: 'alice',
    email: 'alice@example.com',
    email_verified: false,
    pending_email: null,
    full_name: 'Alice Liddell 😀',
    locale: null,
    disabled: false,
    scopes: ['me'],
    data: {},
    claims: {},
    invited_at: null,
    created_at: now,
    updated_at: now
  })
  t.ok((await logIn(app)).access_token)
})

t.test('a taken username is 409', async t => {
  const { app } = await createApp(t, {})
  const post = (payload: object) => app.inject({ method: 'POST', url: '/users', payload })
  await post({ username: 'alice', password, email: 'alice@example.com' })
  for (const username of ['alice', 'ALICE', 'Ａｌｉｃｅ']) {
    assertProblem(t, await post({ username, password }), 409, '/users', {
      detail: 'This username is taken.',
      errors: [{ pointer: '/username', detail: 'is taken' }]
    })
  }
  t.equal((await post({ username: 'bob', password, email: 'ALICE@EXAMPLE.COM' })).statusCode, 201, 'not an address')
})

t.test(
  'with EMAIL_CODES=on, a stranger registers without a password, hashes nothing and logs in with a code',
  async t => {
    const { app, received, asked, send, redeem } = await createCodeWorld(t, withMetrics)
    const before = await turns(app)
    const post = (payload: object, token?: string) =>
      app.inject({ method: 'POST', url: '/users', payload, ...(token && { headers: bearer(token) }) })
    const answer = await post({ username: 'bob', email: 'bob@example.com' })
    t.equal(answer.statusCode, 201)
    const { token } = linkIn((await received())[0])
    t.equal((await asked('bob')).email_code, 'undefined', 'no code before the address is verified')
    t.equal((await app.inject({ method: 'POST', url: '/email/verify', payload: { token } })).statusCode, 204)
    const { authorization_code } = (await send(await asked('bob'))).json()
    const { access_token } = await redeem(authorization_code)
    t.equal(decodeJwt(access_token).sub, answer.json().id)
    t.equal(await turns(app), before)
    for (const guessed of ['', '!', password])
      t.equal((await guess(app, '127.0.0.1', { username: 'bob', password: guessed })).statusCode, 400)
    const forgotten = await app.inject({
      method: 'POST',
      url: '/password/forgot',
      payload: { email: 'bob@example.com' }
    })
    t.equal(forgotten.statusCode, 202)
    const link = linkIn((await received()).at(-1))
    const chosen = { token: link.token, new_password: password }
    t.equal((await app.inject({ method: 'POST', url: '/password/reset', payload: chosen })).statusCode, 204)
    t.ok((await logIn(app, { username: 'bob' })).access_token, 'a password can be chosen later')
  }
)

t.test('a registration without a password needs an address, EMAIL_CODES=on and no access token', async t => {
  const { app } = await createCodeWorld(t)
  const missing = member('/password', 'is missing')
  const url = '/users'
  for (const payload of [{ username: 'bob' }, { username: 'bob', email: null }])
    assertProblem(t, await app.inject({ method: 'POST', url, payload }), 400, url, missing)
  const { app: off } = await createApp(t)
  const payload = { username: 'bob', email: 'bob@example.com' }
  assertProblem(t, await off.inject({ method: 'POST', url, payload }), 400, url, missing)
  await t.rejects(app.users.register(payload, {}), /password is missing/, 'nor does a command create one')
})

t.test('an invalid registration is 400 with a pointer to each member (RFC 9457 §3)', async t => {
  const { app } = await createApp(t)
  const length = 'must have 1 to 64 characters and no leading or trailing spaces'
  const alphabet = 'must not contain @, control characters or invisible characters'
  const scenarios: { name: string; payload: object; refusal: Refusal }[] = [
    { name: 'no username', payload: { password }, refusal: member('/username', 'is missing') },
    { name: 'no password', payload: { username: 'a' }, refusal: member('/password', 'is missing') },
    {
      name: 'two problems',
      payload: { password: 5 },
      refusal: {
        detail: 'The request is not valid: /username is missing; /password must be string.',
        errors: [
          { pointer: '/username', detail: 'is missing' },
          { pointer: '/password', detail: 'must be string' }
        ]
      }
    },
    {
      name: 'an array',
      payload: [],
      refusal: {
        detail: 'The request is not valid: the body must be object.',
        errors: [{ pointer: '', detail: 'must be object' }]
      }
    },
    {
      name: 'unknown member',
      payload: { username: 'a', password, admin: true },
      refusal: member('/admin', 'is unknown')
    },
    {
      name: 'scopes',
      payload: { username: 'a', password, scopes: ['users:write'] },
      refusal: member('/scopes', 'is unknown')
    },
    {
      name: 'a pointer that needs escaping',
      payload: { username: 'a', password, 'a/b~c': 1 },
      refusal: member('/a~1b~0c', 'is unknown')
    },
    { name: 'a number', payload: { username: 7, password }, refusal: member('/username', 'must be string') },
    { name: 'null', payload: { username: 'a', password: null }, refusal: member('/password', 'must be string') },
    {
      name: 'no e-mail',
      payload: { username: 'a', password, email: 'x' },
      refusal: member('/email', 'must match format "email"')
    },
    {
      name: 'short',
      payload: { username: 'a', password: 'x'.repeat(14) },
      refusal: member('/password', 'is shorter than 15 characters', 'length')
    },
    {
      name: 'long',
      payload: { username: 'a', password: 'x'.repeat(1025) },
      refusal: member('/password', 'is longer than 1024 bytes', 'length')
    },
    {
      name: 'NUL',
      payload: { username: 'a', password: `${password}\0` },
      refusal: member('/password', 'contains a control character or an unpaired surrogate', 'characters')
    },
    {
      name: 'a common password',
      payload: { username: 'a', password: 'Password1234567' },
      refusal: member('/password', 'is too common; use several unrelated words', 'common')
    },
    {
      name: 'a password that contains the username',
      payload: { username: 'Alice', password: 'through ALICE and the glass' },
      refusal: member('/password', 'contains the username', 'context')
    },
    {
      name: 'a password that contains the address',
      payload: { username: 'a', email: 'Liddell@example.com', password: 'liddell is the name' },
      refusal: member('/password', 'contains the e-mail address', 'context')
    },
    {
      name: 'a password that contains the name of the service',
      payload: { username: 'a', password: 'my key to Sallyport' },
      refusal: member('/password', 'contains the name of this service', 'context')
    },
    { name: '@', payload: { username: 'a@b.example', password }, refusal: member('/username', alphabet) },
    { name: 'control character', payload: { username: 'a\u0007b', password }, refusal: member('/username', alphabet) },
    { name: '65 characters', payload: { username: 'a'.repeat(65), password }, refusal: member('/username', length) },
    { name: 'blanks', payload: { username: '  ', password }, refusal: member('/username', length) },
    {
      name: 'full name',
      payload: { username: 'a', password, full_name: 'a\0' },
      refusal: member('/full_name', 'contains a control character or an unpaired surrogate')
    }
  ]
  for (const { name, payload, refusal } of scenarios) {
    assertProblem(t, await app.inject({ method: 'POST', url: '/users', payload }), 400, '/users', refusal, name)
  }
  t.strictSame(await app.db.users.page('', 10), { rows: [] })
})

t.test('a body that is not JSON is refused without details of the parser', async t => {
  const { app } = await createApp(t)
  const post = (payload: string, type: string) =>
    app.inject({ method: 'POST', url: '/users', payload, headers: { 'content-type': type } })
  for (const [name, payload, type, status] of [
    ['broken', '{"username":', 'application/json', 400],
    ['empty', '', 'application/json', 400],
    ['a form', 'username=alice', 'application/x-www-form-urlencoded', 415],
    ['text', 'alice', 'text/plain', 415],
    ['__proto__', `{"username":"alice","password":"${password}","__proto__":{"admin":true}}`, 'application/json', 400],
    ['too large', JSON.stringify({ username: 'x'.repeat(17_000) }), 'application/json', 413]
  ] as const) {
    const answer = await post(payload, type)
    assertProblem(
      t,
      answer,
      answer.statusCode,
      '/users',
      { detail: answer.json().detail, ...(answer.json().errors ? { errors: answer.json().errors } : {}) },
      name
    )
    t.equal(answer.statusCode, status, `${name}: ${answer.body}`)
  }
})

t.test('REGISTRATION=closed is 403 before anything is read', async t => {
  const { app } = await createApp(t, { registration: 'closed' })
  for (const payload of [{ username: 'alice', password }, {}]) {
    assertProblem(t, await app.inject({ method: 'POST', url: '/users', payload }), 403, '/users', {
      detail: 'Registration is closed. Ask an administrator for an account.'
    })
  }
  t.ok(await createUser(app), 'an operator can still create accounts')
})

t.test('an administrator creates accounts while registration is closed', async t => {
  const { app, config, clock } = await createApp(t, { registration: 'closed', limits: ['registration=1'] })
  const root = await createUser(app, 'root', ['users:write'])
  await createUser(app, 'alice', ['me', 'users:read'])
  const [{ access_token: token }, alice] = [await logIn(app, { username: 'root' }), await logIn(app)]
  const post = (username: string, headers: Record<string, string> = bearer(token)) =>
    app.inject({ method: 'POST', url: '/users', headers, payload: { username, password } })
  for (let n = 0; n < 20; n++) t.equal((await post(`user-${n}`)).statusCode, 201, 'is not throttled')
  const answer = await post('bob')
  t.match(answer.json(), { username: 'bob', scopes: ['me'] })
  t.equal(answer.headers.location, `/users/${answer.json().id}`)
  const created = (await auditTrail(t, config.databaseUrl)).at(-1)
  t.match(created, { action: 'user.created', actor: root.id, subject: answer.json().id, ip: '127.0.0.1' })

  const lacks = { detail: 'The access token lacks the scope users:write.' }
  const invalid = { detail: 'The access token is invalid, expired or revoked.' }
  const none = { detail: 'Send an access token: Authorization: Bearer <token>.' }
  assertProblem(t, await post('eve', bearer(alice.access_token)), 403, '/users', lacks)
  assertProblem(t, await post('eve', bearer('nonsense')), 401, '/users', invalid)
  assertProblem(t, await post('eve', basic('first-party', '')), 401, '/users', none)
  assertProblem(t, await post('eve', { authorization: '' }), 401, '/users', none)
  assertProblem(t, await post('eve', {}), 403, '/users', {
    detail: 'Registration is closed. Ask an administrator for an account.'
  })
  clock.advance(601)
  const { refresh_token } = await logIn(app, { username: 'root' })
  clock.advance(601)
  const old = await logIn(app, { username: 'root', grant_type: 'refresh_token', refresh_token })
  const stale = await post('eve', bearer(old.access_token))
  assertProblem(t, stale, 401, '/users', { detail: 'This request needs a login that is at most 600 seconds old.' })
  t.match(stale.headers['www-authenticate'], /error="insufficient_user_authentication"/)
  t.equal(await app.db.users.byUsername('eve'), undefined)
})

t.test('while registration is open, strangers are throttled and administrators are not', async t => {
  const { app } = await createApp(t, { limits: ['registration=1'] })
  await createUser(app, 'root', ['users:write'])
  const { access_token } = await logIn(app, { username: 'root' })
  const post = (username: string, headers = {}) =>
    app.inject({ method: 'POST', url: '/users', headers, payload: { username, password } })
  t.equal((await post('alice')).statusCode, 201)
  t.equal((await post('bob')).statusCode, 429)
  t.equal((await post('bob', bearer(access_token))).statusCode, 201)
  t.equal((await post('carol', bearer('nonsense'))).statusCode, 401, 'a wrong token is not ignored')
})

t.test('an unknown URL is 404, and another method is 405 with Allow (RFC 9110 §15.5.5, §15.5.6)', async t => {
  const { app } = await createApp(t)
  for (const [method, url] of [
    ['GET', '/'],
    ['GET', '/nothing?password=secret'],
    ['POST', '/users/me/nothing'],
    ['DELETE', '/openapi.yaml']
  ] as const) {
    assertProblem(t, await app.inject({ method, url }), 404, url.split('?')[0] as string, {
      detail: 'This URL does not exist.'
    })
  }
  for (const [method, url, allow] of [
    ['DELETE', '/users', 'POST, GET, HEAD'],
    ['POST', '/users/me', 'GET, HEAD, PATCH, DELETE'],
    ['PUT', '/users/x', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/users/me/password', 'PUT'],
    ['POST', '/users/me/sessions', 'GET, HEAD, DELETE'],
    ['GET', '/users/me/sessions/x', 'DELETE'],
    ['POST', '/livez', 'GET, HEAD'],
    ['PUT', '/openapi.json', 'GET, HEAD'],
    ['POST', '/.well-known/jwks.json', 'GET, HEAD']
  ] as const) {
    const answer = await app.inject({ method, url })
    t.equal(answer.headers.allow, allow, `${method} ${url}`)
    assertProblem(t, answer, 405, url, { detail: `${method} is not allowed here. Use ${allow}.` })
  }
  const token = await app.inject({ method: 'GET', url: '/token' })
  t.equal(token.statusCode, 405)
  t.equal(token.headers.allow, 'POST')
  t.strictSame(token.json(), { error: 'invalid_request', error_description: 'GET is not allowed here. Use POST.' })
})
