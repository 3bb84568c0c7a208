import { decodeJwt } from 'jose'
import t from 'tap'
import type { PasswordReason } from '../../src/base/errors.ts'
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

t.test('A taken username is 409', async t => {
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
  'With EMAIL_CODES=on, a stranger registers without a password, hashes nothing and logs in with a code',
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

t.test('A registration without a password needs an address, EMAIL_CODES=on and no access token', async t => {
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

t.test('An invalid registration is 400 with a pointer to each member (RFC 9457 §3)', async t => {
  const { app } = await createApp(t)
  const all = (...refusals: Refusal[]): Refusal => {
    const errors = refusals.flatMap(({ errors = [] }) => errors)
    const said = errors.map(({ pointer, detail }) => `${pointer || 'the body'} ${detail}`)
    return { detail: `The request is not valid: ${said.join('; ')}.`, errors }
  }
  const right = { username: 'a', password }
  const scenarios: [payload: object, refusal: Refusal][] = [
    [{ password: 5 }, all(member('/username', 'is missing'), member('/password', 'must be string'))],
    [[], all(member('', 'must be object'))],
    [{ ...right, admin: true }, member('/admin', 'is unknown')],
    [{ ...right, scopes: ['users:write'] }, member('/scopes', 'is unknown')],
    [{ ...right, 'a/b~c': 1 }, member('/a~1b~0c', 'is unknown')],
    [{ ...right, password: null }, member('/password', 'must be string')],
    [{ ...right, email: 'x' }, member('/email', 'must match format "email"')],
    [{ ...right, password: 'x'.repeat(14) }, member('/password', 'is shorter than 15 characters', 'length')],
    [
      { ...right, username: ' ' },
      member('/username', 'must have 1 to 64 characters and no leading or trailing spaces')
    ],
    [{ ...right, full_name: 'a\0' }, member('/full_name', 'contains a control character or an unpaired surrogate')]
  ]
  for (const [payload, refusal] of scenarios)
    assertProblem(t, await app.inject({ method: 'POST', url: '/users', payload }), 400, '/users', refusal)
  t.strictSame(await app.db.users.page('', 10), { rows: [] })
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

t.test('An administrator creates accounts while registration is closed', async t => {
  const { app, config, clock } = await createApp(t, { registration: 'closed', limits: ['registration=1'] })
  const root = await createUser(app, 'root', ['users:write'])
  await createUser(app, 'alice', ['me', 'users:read'])
  const [{ access_token: token }, alice] = [await logIn(app, { username: 'root' }), await logIn(app)]
  const post = (username: string, headers: Record<string, string> = bearer(token)) =>
    app.inject({ method: 'POST', url: '/users', headers, payload: { username, password } })
  for (let n = 0; n < 3; n++) t.equal((await post(`user-${n}`)).statusCode, 201, 'is not throttled')
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

t.test('An unknown URL is 404, and the answer does not repeat its query (RFC 9110 §15.5.5)', async t => {
  const { app } = await createApp(t)
  for (const [method, url] of [
    ['GET', '/'],
    ['GET', '/nothing?password=secret'],
    ['POST', '/users/me/nothing'],
    ['DELETE', '/openapi.yaml']
  ] as const)
    assertProblem(t, await app.inject({ method, url }), 404, String(url.split('?')[0]), {
      detail: 'This URL does not exist.'
    })
})
