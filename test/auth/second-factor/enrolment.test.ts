import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { bearer, createApp, createVerifiedUser, logIn, password, postForm } from '../../support/app.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { logInDirectly } from '../../support/passkeys.ts'
import { assertProblem } from '../../support/problem.ts'
import { authenticatorApp, enrol } from '../../support/second-factor.ts'
import { stepUp } from '../../support/step-up.ts'

const next = 'purple monkey dishwasher lamp'
const needsPassword =
  'Send current_password, or log in with the password or an ID token again, to add the first second factor.'
const ways = [
  ['/users/me/factors', { type: 'totp' }, 201],
  ['/users/me/passkeys/options', {}, 200]
] as const

/** Options that the server has not given. */
const madeUp = { challenge: 'AAAA', rp: { id: 'example.com' }, user: { id: 'AAAA' } }

/** An app with passkeys, and access tokens for an hour. */
const createWorld = (t: Test, settings: Partial<Config> = {}) =>
  createApp(t, { rpId: 'example.com', accessTokenTtl: 3600, ...settings })

let number = 0

/** A login of a new account. */
async function withAlice(world: Awaited<ReturnType<typeof createWorld>>) {
  const { app } = world
  const username = `alice${++number}`
  const user = await createVerifiedUser(app, username)
  const tokens = await logIn(app, { username })
  const as = (token: string) => (method: 'POST' | 'PATCH' | 'DELETE' | 'GET', url: string, payload?: object) =>
    app.inject({ method, url, headers: bearer(token), ...(payload ? { payload } : {}) })
  return {
    ...world,
    username,
    user,
    tokens,
    as,
    call: as(tokens.access_token),
    actions: async () => (await app.audit.page({ subject: user.id, limit: 100 })).items.map(({ action }) => action),
    refresh: async () =>
      (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).json()
  }
}

t.test('A login that can only enrol a factor has just shown the password', async t => {
  const { call } = await withAlice(await createWorld(t, { secondFactor: 'required' }))
  for (const [url, body, created] of ways) t.equal((await call('POST', url, body)).statusCode, created)
})

/** Begins both enrolments, and resolves to what finishes each. */

async function begin({ app, call, clock, tokens }: Awaited<ReturnType<typeof withAlice>>) {
  const { id, secret } = (await call('POST', '/users/me/factors', { type: 'totp' })).json()
  const options = (await call('POST', '/users/me/passkeys/options')).json()
  const response = createAuthenticator().create(options)
  return (token = tokens.access_token) => {
    const post = (url: string, payload: object) =>
      app.inject({ method: 'POST', url: `/users/me/${url}`, headers: bearer(token), payload })
    const code = authenticatorApp(secret).code(clock.now())
    return {
      app: async () => (await post(`factors/${id}/confirm`, { code })).statusCode,
      passkey: async () => (await post('passkeys', { name: 'Phone', response })).statusCode
    }
  }
}

t.test('Of accounts on one server', async t => {
  const shared = await createWorld(t)

  t.test('The first second factor needs the password in the body, or in a login of the last ten minutes', async t => {
    const { app, username, call, clock, actions } = await withAlice(shared)
    clock.advance(600)
    for (const [url, body, created] of ways) t.equal((await call('POST', url, body)).statusCode, created)
    clock.advance(1)
    const errors = [{ pointer: '/current_password', detail: 'is wrong' }]
    for (const [url, body, created] of ways) {
      const answer = await call('POST', url, body)
      assertProblem(t, answer, 401, url, { detail: needsPassword })
      t.match(
        answer.headers['www-authenticate'],
        /error="insufficient_user_authentication", error_description="[^"]+", max_age="600"$/
      )
      const wrong = await call('POST', url, { ...body, current_password: 'not the password at all' })
      assertProblem(t, wrong, 403, url, { detail: 'The current password is wrong.', errors })
      t.equal((await call('POST', url, { ...body, current_password: password })).statusCode, created)
    }
    t.strictSame(
      (await actions()).filter(action => /^factor/.test(action)),
      ['factor.addition_allowed', 'factor.addition_failed', 'factor.addition_allowed', 'factor.addition_failed']
    )
    const { recovery_codes_left, items } = await app.secondFactors.list(await app.userAdmin.byIdOrName(username))
    t.strictSame([items, recovery_codes_left], [[], 0])
  })

  t.test('A wrong password for the first second factor is counted, as for a new address', async t => {
    const { call } = await withAlice(shared)
    const statuses: number[] = []
    for (let n = 0; n < 11; n++) {
      const [url, body] = ways[n % 2] as (typeof ways)[number]
      statuses.push((await call('POST', url, { ...body, current_password: 'not the password at all' })).statusCode)
    }
    t.strictSame(statuses, [...Array(10).fill(403), 429])
  })

  t.test('A recent login without the password is asked for it by a step-up of any age', async t => {
    const { app, username, user, config, as } = await withAlice(shared)
    const { token, session } = await logInDirectly(app, config.issuer, username)
    await app.sessions.endAll(user.id, { keep: session.id })
    const [amr, now] = [['hwk', 'user', 'mfa'], app.clock.now()]
    const spent = [{ id: app.clock.newId(), expiresAt: now }]
    const event = app.auditEvents.event('session.stepped_up')
    t.strictSame((await app.db.sessions.stepUp(session, { amr, authTime: now, spent, now }, event))?.amr, amr)
    for (const [url, body] of ways) {
      const answer = await as(token)('POST', url, body)
      assertProblem(t, answer, 401, url, { detail: needsPassword })
      t.match(answer.headers['www-authenticate'], /, max_age="0"$/)
    }
    await stepUp(app, token, ['pwd'])
    for (const [url, body, created] of ways) t.equal((await as(token)('POST', url, body)).statusCode, created)
  })

  t.test('A further factor needs a recent login with two factors, which no password replaces', async t => {
    const world = await withAlice(shared)
    const { app, clock } = world
    const { tokens } = await enrol(world, { username: world.username })
    const call = world.as(tokens.access_token)
    for (const [url, body, created] of ways) t.equal((await call('POST', url, body)).statusCode, created)
    clock.advance(601)
    for (const [url, body] of ways) {
      const answer = await call('POST', url, { ...body, current_password: password })
      t.equal(answer.statusCode, 401)
      t.match(answer.headers['www-authenticate'], /acr_values="aal2", max_age="600"$/)
    }
    await stepUp(app, tokens.access_token)
    for (const [url, body, created] of ways) t.equal((await call('POST', url, body)).statusCode, created)
  })

  t.test(
    'An enrolment that has begun is void after a change of the password, or a reset of an administrator',
    async t => {
      const world = await withAlice(shared)
      const { app, username, user } = world
      const finish = await begin(world)
      await app.accountPasswords.set(await app.userAdmin.byIdOrName(username), next, {})
      const tokens = await logIn(app, { username, password: next })
      const finishing = finish(tokens.access_token)
      t.strictSame([await finishing.app(), await finishing.passkey()], [404, 400])
      const finishAgain = await begin({ ...world, tokens, call: world.as(tokens.access_token) })
      await app.userAdmin.resetPassword(user.id, {})
      await app.accountPasswords.set(await app.userAdmin.byIdOrName(username), password, {})
      t.equal(await finishAgain((await logIn(app, { username })).access_token).app(), 404)
    }
  )

  t.test('An enrolment that has begun is void after another factor was added, or new recovery codes', async t => {
    const one = (await begin(await withAlice(shared)))()
    t.equal(await one.passkey(), 201)
    t.equal(await one.app(), 404, 'an app after a passkey')
    const two = (await begin(await withAlice(shared)))()
    t.equal(await two.app(), 200)
    t.equal(await two.passkey(), 400, 'a passkey after an app')
    const world = await withAlice(shared)
    const { tokens } = await enrol(world, { username: world.username })
    const call = world.as(tokens.access_token)
    const three = (await begin({ ...world, call, tokens }))()
    world.clock.advance(1)
    t.equal((await call('POST', '/users/me/recovery-codes')).statusCode, 200)
    t.strictSame([await three.app(), await three.passkey()], [404, 400])
  })

  for (const [kind, name, created] of [
    ['app', 'an authenticator app', 200],
    ['passkey', 'a passkey', 201]
  ] as const)
    t.test(`${name} is enrolled by a login that is older by then, whose claims it keeps (RFC 9068 §2.2.1)`, async t => {
      const world = await withAlice(shared)
      const { app, clock, tokens, refresh } = world
      const { auth_time } = decodeJwt(tokens.access_token)
      clock.advance(590)
      const finish = await begin(world)
      clock.advance(60)
      t.equal(await finish()[kind](), created)
      const { access_token: token } = await refresh()
      t.match(decodeJwt(token), { acr: 'aal1', amr: ['pwd'], auth_time })
      const codes = { method: 'POST', url: '/users/me/recovery-codes', headers: bearer(token) } as const
      t.equal((await app.inject(codes)).statusCode, 401, 'a dangerous operation asks for a step')
      await stepUp(app, token)
      t.equal((await app.inject(codes)).statusCode, 200)
    })

  t.test('Removing a factor ends all other logins, as adding one does (ASVS 7.4.3)', async t => {
    const { app, username, call, tokens, config, as } = await withAlice(shared)
    for (const path of ['factors', 'passkeys']) {
      await stepUp(app, tokens.access_token)
      const response = createAuthenticator().create((await call('POST', '/users/me/passkeys/options')).json())
      const { passkey } = (await call('POST', '/users/me/passkeys', { name: 'Lost phone', response })).json()
      const thief = as((await logInDirectly(app, config.issuer, username)).token)
      t.equal((await thief('GET', '/users/me')).statusCode, 200)
      await stepUp(app, tokens.access_token)
      t.equal((await call('DELETE', `/users/me/${path}/${passkey.id}`)).statusCode, 204)
      t.equal((await thief('GET', '/users/me')).statusCode, 401)
      t.equal((await call('GET', '/users/me')).statusCode, 200, 'this login goes on')
    }
  })

  t.test('Changes of second factors are limited to 60 at once, and then to one a minute', async t => {
    const unknown = '01234567-89ab-7def-8123-456789abcdef'
    const changes = [
      ['POST', '/users/me/factors', { type: 'totp' }],
      ['POST', '/users/me/recovery-codes'],
      ['DELETE', `/users/me/factors/${unknown}`],
      ['DELETE', `/users/me/passkeys/${unknown}`],
      ['PATCH', `/users/me/passkeys/${unknown}`, { name: 'Phone' }],
      ['POST', '/users/me/passkeys/options'],
      ['POST', '/users/me/passkeys', { name: 'Phone', response: createAuthenticator().create(madeUp) }]
    ] as const
    const { app, call, clock, user } = await withAlice(shared)
    for (let n = 0; n < 59; n++) await app.throttle.take('profile', user.id)
    const [first, ...others] = changes
    t.equal((await call(...first)).statusCode, 201)
    for (const [method, url, payload] of [first, ...others]) {
      const refused = await call(method, url, payload)
      t.equal(refused.statusCode, 429, `${method} ${url}`)
      t.ok(refused.headers['retry-after'])
    }
    clock.advance(60)
    for (const [method, url, payload] of changes) {
      t.not((await call(method, url, payload)).statusCode, 429, `${method} ${url}`)
      t.equal((await call(method, url, payload)).statusCode, 429, `${method} ${url} counts`)
      clock.advance(60)
    }
  })
})
