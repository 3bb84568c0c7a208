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

/** An app with passkeys on which alice is logged in, with an access token for an hour. */
async function withAlice(t: Test, settings: Partial<Config> = {}) {
  const world = await createApp(t, { rpId: 'example.com', accessTokenTtl: 3600, ...settings })
  const { app } = world
  const user = await createVerifiedUser(app)
  const tokens = await logIn(app)
  const as = (token: string) => (method: 'POST' | 'PATCH' | 'DELETE' | 'GET', url: string, payload?: object) =>
    app.inject({ method, url, headers: bearer(token), ...(payload ? { payload } : {}) })
  return {
    ...world,
    user,
    tokens,
    as,
    call: as(tokens.access_token),
    actions: async () => (await app.audit.page({ limit: 100 })).items.map(({ action }) => action),
    refresh: async () =>
      (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).json()
  }
}

t.test('the first second factor needs the password', async t => {
  t.test('in the body, or in a login of the last ten minutes', async t => {
    for (const [url, body, created] of ways) {
      const { call, clock, actions } = await withAlice(t)
      clock.advance(600)
      t.equal((await call('POST', url, body)).statusCode, created)
      clock.advance(1)
      const answer = await call('POST', url, body)
      assertProblem(t, answer, 401, url, { detail: needsPassword })
      t.match(
        answer.headers['www-authenticate'],
        /error="insufficient_user_authentication", error_description="[^"]+", max_age="600"$/
      )
      t.equal((await call('POST', url, { ...body, current_password: password })).statusCode, created)
      t.ok((await actions()).includes('factor.addition_allowed'), 'a right password leaves an event')
    }
  })

  t.test('a wrong one is refused, recorded and counted, as for a new address', async t => {
    for (const [url, body] of ways) {
      const { call, actions, app } = await withAlice(t)
      const wrong = { ...body, current_password: 'not the password at all' }
      const detail = { detail: 'The current password is wrong.' }
      const errors = [{ pointer: '/current_password', detail: 'is wrong' }]
      assertProblem(t, await call('POST', url, wrong), 403, url, { ...detail, errors })
      t.ok((await actions()).includes('factor.addition_failed'))
      const statuses = []
      for (let n = 0; n < 11; n++) statuses.push((await call('POST', url, wrong)).statusCode)
      t.equal(statuses.at(-1), 429)
      const { recovery_codes_left, items } = await app.secondFactors.list(await app.userAdmin.byIdOrName('alice'))
      t.strictSame([items, recovery_codes_left], [[], 0])
    }
  })

  t.test('a recent login without the password is asked for it by a step-up of any age', async t => {
    for (const [url, body, created] of ways) {
      const { app, user, config, as } = await withAlice(t)
      const { token, session } = await logInDirectly(app, config.issuer, 'alice')
      await app.sessions.endAll(user.id, { keep: session.id })
      const amr = ['hwk', 'user', 'mfa']
      const now = app.clock.now()
      const spent = [{ id: app.clock.newId(), expiresAt: now }]
      const row = await app.db.sessions.stepUp(
        session,
        { amr, authTime: now, spent, now },
        app.auditEvents.event('session.stepped_up')
      )
      t.strictSame(row?.amr, amr)
      const answer = await as(token)('POST', url, body)
      assertProblem(t, answer, 401, url, { detail: needsPassword })
      t.match(answer.headers['www-authenticate'], /, max_age="0"$/)
      await stepUp(app, token, ['pwd'])
      t.equal((await as(token)('POST', url, body)).statusCode, created)
    }
  })

  t.test('but a login that can only enrol a factor has just shown it', async t => {
    for (const [url, body, created] of ways) {
      const { call } = await withAlice(t, { secondFactor: 'required' })
      t.equal((await call('POST', url, body)).statusCode, created)
    }
  })

  t.test('a further factor needs a recent login with two factors, which no password replaces', async t => {
    for (const [url, body, created] of ways) {
      const world = await withAlice(t)
      const { app, clock, as } = world
      const { tokens } = await enrol(world)
      const withPassword = { ...body, current_password: password }
      t.equal((await as(tokens.access_token)('POST', url, body)).statusCode, created)
      clock.advance(601)
      const answer = await as(tokens.access_token)('POST', url, withPassword)
      t.equal(answer.statusCode, 401)
      t.match(answer.headers['www-authenticate'], /acr_values="aal2", max_age="600"$/)
      await stepUp(app, tokens.access_token)
      t.equal((await as(tokens.access_token)('POST', url, body)).statusCode, created)
    }
  })
})

t.test('an enrolment that has begun', async t => {
  /** Begins both enrolments, and resolves to what finishes each. */
  async function begin({ app, call, clock, tokens }: Awaited<ReturnType<typeof withAlice>>) {
    const { id, secret } = (await call('POST', '/users/me/factors', { type: 'totp' })).json()
    const options = (await call('POST', '/users/me/passkeys/options')).json()
    const response = createAuthenticator().create(options)
    return async (token = tokens.access_token) => {
      const post = (url: string, payload: object) =>
        app.inject({ method: 'POST', url: `/users/me/${url}`, headers: bearer(token), payload })
      const code = authenticatorApp(secret).code(clock.now())
      return {
        app: async () => (await post(`factors/${id}/confirm`, { code })).statusCode,
        passkey: async () => (await post('passkeys', { name: 'Phone', response })).statusCode
      }
    }
  }

  t.test('is finished with a login that is older by then', async t => {
    for (const kind of ['app', 'passkey'] as const) {
      const world = await withAlice(t)
      world.clock.advance(590)
      const finish = await begin(world)
      world.clock.advance(60)
      t.equal(await (await finish())[kind](), kind === 'app' ? 200 : 201)
    }
  })

  t.test('is void after a change of the password', async t => {
    const world = await withAlice(t)
    const finish = await begin(world)
    await world.app.accountPasswords.set(await world.app.userAdmin.byIdOrName('alice'), next, {})
    const finishing = await finish((await logIn(world.app, { password: next })).access_token)
    t.equal(await finishing.app(), 404)
    t.equal(await finishing.passkey(), 400)
  })

  t.test('is void after an administrator has reset the password', async t => {
    const world = await withAlice(t)
    const finish = await begin(world)
    await world.app.userAdmin.resetPassword(world.user.id, {})
    await world.app.accountPasswords.set(await world.app.userAdmin.byIdOrName('alice'), password, {})
    t.equal(await (await finish((await logIn(world.app)).access_token)).app(), 404)
  })

  t.test('is void after another factor was added, or new recovery codes', async t => {
    const one = await withAlice(t)
    const finish = await finishAfterPasskey(one)
    t.equal(await finish.app(), 404, 'an app after a passkey')
    const two = await withAlice(t)
    const finishing = await (await begin(two))()
    t.equal(await finishing.app(), 200)
    t.equal(await finishing.passkey(), 400, 'a passkey after an app')

    const three = await withAlice(t)
    const factor = await enrol(three)
    const call = three.as(factor.tokens.access_token)
    const finishThree = await (await begin({ ...three, call, tokens: factor.tokens }))()
    three.clock.advance(1)
    t.equal((await call('POST', '/users/me/recovery-codes')).statusCode, 200)
    t.equal(await finishThree.app(), 404)
    t.equal(await finishThree.passkey(), 400)

    async function finishAfterPasskey(world: typeof one) {
      const finishing = await (await begin(world))()
      t.equal(await finishing.passkey(), 201)
      return finishing
    }
  })
})

t.test('a new or removed factor and the logins of its account', async t => {
  t.test('a refresh after an enrolment keeps acr, amr and auth_time (RFC 9068 §2.2.1)', async t => {
    for (const kind of ['app', 'passkey'] as const) {
      const { app, call, clock, tokens, refresh } = await withAlice(t)
      const { auth_time } = decodeJwt(tokens.access_token)
      clock.advance(60)
      if (kind === 'app') {
        const { id, secret } = (await call('POST', '/users/me/factors', { type: 'totp' })).json()
        const code = authenticatorApp(secret).code(clock.now())
        t.equal((await call('POST', `/users/me/factors/${id}/confirm`, { code })).statusCode, 200)
      } else {
        const response = createAuthenticator().create((await call('POST', '/users/me/passkeys/options')).json())
        t.equal((await call('POST', '/users/me/passkeys', { name: 'Phone', response })).statusCode, 201)
      }
      const { access_token: token } = await refresh()
      t.match(decodeJwt(token), { acr: 'aal1', amr: ['pwd'], auth_time })
      const headers = bearer(token)
      const codes = { method: 'POST', url: '/users/me/recovery-codes', headers } as const
      t.equal((await app.inject(codes)).statusCode, 401, 'a dangerous operation asks for a step')
      await stepUp(app, token)
      t.equal((await app.inject(codes)).statusCode, 200)
    }
  })

  t.test('removing a factor ends all other logins, as adding one does (ASVS 7.4.3)', async t => {
    for (const path of ['factors', 'passkeys']) {
      const { app, call, tokens, config, as } = await withAlice(t)
      const response = createAuthenticator().create((await call('POST', '/users/me/passkeys/options')).json())
      const { passkey } = (await call('POST', '/users/me/passkeys', { name: 'Lost phone', response })).json()
      const thief = await logInDirectly(app, config.issuer, 'alice')
      t.equal((await as(thief.token)('GET', '/users/me')).statusCode, 200)
      await stepUp(app, tokens.access_token)
      t.equal((await call('DELETE', `/users/me/${path}/${passkey.id}`)).statusCode, 204)
      t.equal((await as(thief.token)('GET', '/users/me')).statusCode, 401)
      t.equal((await call('GET', '/users/me')).statusCode, 200, 'this login goes on')
    }
  })
})

t.test('changes of second factors are limited to 60 at once, and then to one a minute', async t => {
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
  for (const [method, url, payload] of changes) {
    const { app, call, clock, user } = await withAlice(t)
    for (let n = 0; n < 59; n++) await app.throttle.profileChange(user.id)
    t.not((await call(method, url, payload)).statusCode, 429, `${method} ${url}`)
    const refused = await call(method, url, payload)
    t.equal(refused.statusCode, 429, `${method} ${url}`)
    t.ok(refused.headers['retry-after'])
    clock.advance(60)
    t.not((await call(method, url, payload)).statusCode, 429, `${method} ${url}`)
  }
})
