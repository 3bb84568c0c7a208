import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { type CredentialKind, usualCounters } from '../../../src/auth/throttle/policies.ts'
import type { Config } from '../../../src/config/config.ts'
import { bearer, createApp, createUser, metricOf, password, postForm, withMetrics } from '../../support/app.ts'
import { createAuthenticator, type Faults, type RequestOptions } from '../../support/authenticator.ts'
import { all, assertMustWait, createGuessWorld, guess, guesses, logInFrom, stranger } from '../../support/guess.ts'
import { createPasskeyWorld } from '../../support/passkeys.ts'
import { createPkce } from '../../support/pkce.ts'

const [home, elsewhere] = ['203.0.113.5', '198.51.100.7']

/** An app on which alice has a passkey. */
async function createWorld(t: Test, settings: Partial<Config> = {}) {
  const world = await createPasskeyWorld(t, { ...withMetrics, ...settings })
  const { app } = world
  const { authenticator } = await world.add(createAuthenticator())
  const { challenge, code_verifier } = createPkce()
  const ask = (from: string, form: Record<string, string>) =>
    postForm(app, '/authorize-challenge', { ...challenge, ...form }, {}, from)
  const begin = async (from: string) =>
    (await ask(from, { response_type: 'code' })).json() as { auth_session: string; passkey: RequestOptions }

  /** Shows the passkey of alice, with faults, from this address. */
  async function show(from: string, faults: Faults = {}) {
    const { auth_session, passkey } = await begin(from)
    return ask(from, { auth_session, passkey: JSON.stringify(authenticator.get(passkey, faults)) })
  }
  return {
    ...world,
    ask,
    begin,
    show,
    redeem: (from: string, code: string) =>
      postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier }, {}, from),
    /** Sets the counter of refused passkeys of an address prefix. */
    refuse: async (prefix: string, times: number) => {
      const event = app.auditEvents.event('login.failed')
      for (let n = 0; n < times; n++) await app.throttle.failure('passkey', prefix, event)
    },
    /** The actions of the events that `act` leaves. */
    async events(act: () => Promise<unknown>) {
      const before = await app.db.audit.newest()
      await act()
      return ((await app.db.audit.next(before))?.rows ?? []).map(({ action }) => action)
    }
  }
}

/** The statuses of this many requests, one after the other. */
async function times(count: number, one: (index: number) => Promise<{ statusCode: number }>) {
  const statuses: number[] = []
  for (let index = 0; index < count; index++) statuses.push((await one(index)).statusCode)
  return statuses
}

const from = (index: number) => `2001:db8:${index}::1`

t.test('Refused passkeys are counted by address prefix, and recorded up to the limit', async t => {
  const { begin, ask, refuse, events, show, clock, app } = await createWorld(t)
  await refuse(elsewhere, 48)
  const { auth_session } = await begin(elsewhere)
  const refused = () => ask(elsewhere, { auth_session, passkey: '{}' })
  const recorded = await events(async () => t.strictSame(await times(5, refused), [403, 403, 429, 429, 429]))
  t.strictSame(recorded, ['login.failed', 'login.failed', 'throttle.refused'], 'and one refusal')
  t.equal((await refused()).headers['retry-after'], '1')
  t.equal((await show(elsewhere)).statusCode, 200, 'a right passkey is never refused for it')
  const text = await ask(elsewhere, { auth_session, passkey: 'not JSON' })
  t.match(text.json(), { error: 'invalid_request' }, 'what is not JSON is refused before')
  t.equal((await ask(home, { auth_session, passkey: '{}' })).statusCode, 403, 'another prefix has its own')
  clock.advance(1)
  t.equal((await refused()).statusCode, 403)
  t.match(await metricOf(app, 'sallyport_throttled_total'), /counter="credential"} 4/)
})

t.test('A copied passkey is reported up to the limit of logins, and whatever else its prefix has refused', async t => {
  const { show, refuse, events, redeem } = await createWorld(t, { limits: ['login=3'] })
  await redeem(home, (await show(home, { counter: 9 })).json().authorization_code)
  await refuse(elsewhere, 50)
  const recorded = await events(() => times(5, () => show(elsewhere, { counter: 9 })))
  t.equal(recorded.filter(action => action === 'factor.refused').length, 2)
})

t.test('Logins with a passkey fall under the limit of logins, which a step-up cannot evade', async t => {
  const { show } = await createWorld(t, { limits: ['login=3'] })
  t.strictSame(await times(5, () => show(home)), [...all(3, 200), ...all(2, 429)])
  t.equal((await show(elsewhere)).statusCode, 429, 'from all prefixes together')
})

t.test('Right passwords of one account are limited, from all prefixes together (setting LIMITS)', async t => {
  const { app, alice, clock } = await createGuessWorld(t, { limits: ['login=4'] })
  t.strictSame(await times(4, index => guess(app, from(index), { password })), all(4, 200))
  assertMustWait(t, await guess(app, home, { password }), 1)
  t.match((await app.audit.page({ limit: 1 })).items[0], { detail: { counter: 'logins' } })
  assertMustWait(t, await guess(app, from(98)), 1)
  clock.advance(900)
  t.equal(await logInFrom(app, from(99)), 200, 'one is forgiven after the fourth part of an hour')
  assertMustWait(t, await guess(app, home, { password }), 1)
  const next = { password: 'purple monkey dishwasher lamp' }
  await app.accountPasswords.set(await app.userAdmin.byId(alice.id), next.password, {})
  t.equal((await guess(app, home, next)).statusCode, 200, 'a new password ends the wait')
})

t.test('Wrong passwords do not count as logins, and a right one without its second factor does', async t => {
  const { app } = await createWorld(t, { limits: ['login=4'] })
  await createUser(app, 'carol')
  await times(6, index => guess(app, from(index), { username: 'carol' }))
  const right = (username: string) => (index: number) => guess(app, from(100 + index), { username, password })
  t.strictSame(await times(5, right('carol')), [...all(4, 200), 429])
  t.strictSame(await times(5, right('alice')), [...all(4, 403), 429])
})

t.test('Registrations are limited by prefix, before anything is hashed (setting LIMITS)', async t => {
  const { app, clock } = await createApp(t, { limits: ['registration=3'] })
  const hash = t.capture(app.passwords, 'hash', app.passwords.hash)
  const register = (username: string, remoteAddress = stranger, given = password) =>
    app.inject({ method: 'POST', url: '/users', remoteAddress, payload: { username, password: given } })
  for (let i = 0; i < 5; i++) t.equal((await register('short', stranger, 'short')).statusCode, 400)
  for (const name of ['alice', 'bob']) t.equal((await register(name)).statusCode, 201)
  t.equal((await register('bob')).statusCode, 409, 'an attempt with a taken name counts, which limits guessing names')
  hash()
  const refused = await register('carol', '198.51.100.200')
  t.match(refused, { statusCode: 429, headers: { 'retry-after': '1' } })
  t.equal(refused.json().detail, 'Too many attempts. Try again in 1 s.')
  t.equal((await register('bob')).statusCode, 429)
  t.equal((await register('short', stranger, 'short')).statusCode, 429, 'before the password is looked at')
  t.equal(hash().length, 0)
  t.equal((await register('carol', '203.0.113.1')).statusCode, 201)
  clock.advance(1)
  t.equal((await register('dave')).statusCode, 201)
  t.equal((await register('erin')).headers['retry-after'], '2')
  for (const name of ['frank', 'grace', 'heidi', 'ivan'])
    t.ok(await createUser(app, name), 'an operator who creates accounts at the terminal has no limit')
})

/** The status of a registration from an address. */
const registering = (app: FastifyInstance) => (address: string) =>
  app.throttle.take('registration', address).then(
    () => 201,
    e => e.status
  )

t.test('Registrations are limited for an IPv6 /48, and share two common limits (setting LIMITS)', async t => {
  const { app, clock } = await createApp(t, { limits: ['registration=1'] })
  const register = registering(app)
  for (let n = 1; n <= 4; n++) t.equal(await register(`2001:db8:1:${n}::1`), 201)
  t.equal(await register('2001:db8:1:5::1'), 429)
  for (let n = 1; n <= 9; n++) t.equal(await register(`203.0.${n}.1`), 201)
  t.equal(await register('203.0.10.1'), 429, 'of prefixes that had not registered')
  clock.advance(1)
  t.equal(await register('203.0.10.1'), 201, 'what was refused counts nowhere')
})

t.test('Prefixes that have registered lately leave a share for the others', async t => {
  const { app, clock } = await createApp(t, { limits: ['registration=2'] })
  const register = registering(app)
  // Each of these prefixes registers as often as it may, an hour long.
  for (let round = 0; round < 12; round++) for (let n = 0; n < 3; n++) await register(`198.51.${round}.1`)
  clock.advance(1)
  for (let n = 0; n < 40; n++) await register('198.51.0.1')
  t.strictSame([await register('203.0.113.1'), await register('203.0.114.1')], [201, 201], 'people elsewhere')
})

t.test('A registration limit that does not divide an hour is counted in the database (setting LIMITS)', async t => {
  const { app, clock } = await createApp(t, { limits: ['registration=7'] })
  for (let n = 0; n < 2; n++) await app.throttle.take('registration', stranger)
  const [counter] = await app.db.throttle.counters(['registration:198.51.100.0/24'])
  t.equal(Number(counter?.clearsAt) - clock.now().getTime(), 2 * Math.ceil(3_600_000 / 7))
})

t.test('A client that acts for itself, and an administrator, are bounded in each process', async t => {
  const { app } = await createApp(t)
  const { throttle } = app
  const root = await createUser(app, 'root', ['me', 'users:write'])
  for (let n = 0; n < usualCounters.trusted.policy.most; n++) {
    await throttle.take('trusted', ['client', 'c_1'])
    await throttle.take('trusted', ['administrator', root.id])
  }
  await t.rejects(throttle.take('trusted', ['client', 'c_1']), { status: 429, code: 'temporarily_unavailable' })
  await throttle.take('trusted', ['client', 'c_2'])
  const headers = bearer(
    (await guess(app, home, { username: 'root', password, scope: 'users:write' })).json().access_token
  )
  const payload = { disabled: false }
  const change = () => app.inject({ method: 'PATCH', url: `/users/${root.id}`, headers, payload })
  t.strictSame(await times(2, change), [429, 429])
})

t.test('Changes of one profile are limited', async t => {
  const { app, alice, clock, count, countersOf } = await createGuessWorld(t)
  const headers = bearer((await guess(app, home, { password })).json().access_token)
  const change = () => app.inject({ method: 'PATCH', url: '/users/me', payload: { full_name: 'Alice' }, headers })
  await count(countersOf('profile', alice.id), 58)
  t.strictSame(await times(2, change), [200, 200])
  t.match(await change(), { statusCode: 429, headers: { 'retry-after': '1' } })
  clock.advance(1)
  t.equal((await change()).statusCode, 200)
})

t.test('Refreshes of one login are limited, and a refused one loses nothing (setting LIMITS)', async t => {
  const { app, clock } = await createGuessWorld(t, { limits: ['refresh=3'] })
  const logIn = async () => (await guess(app, home, { password })).json().refresh_token
  const refresh = (token: string) => postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: token })
  let token = await logIn()
  for (let n = 0; n < 3; n++) {
    const answer = await refresh(token)
    t.equal(answer.statusCode, 200)
    token = answer.json().refresh_token
  }
  assertMustWait(t, await refresh(token), 1200)
  t.equal((await refresh(await logIn())).statusCode, 200, 'another login')
  t.match(await metricOf(app, 'sallyport_throttled_total'), /\{counter="refresh"\} 1$/m)
  clock.advance(1200)
  t.equal((await refresh(token)).statusCode, 200, 'the same token works afterwards')
})

/** An app with a confidential client that may introspect, as which a form with a wrong secret or token is refused. */
async function withClient(t: Test) {
  const made = await createGuessWorld(t)
  const { app, count, countersOf } = made
  const grants = ['client_credentials']
  const client = await app.clientAdmin.create({ name: 'api', confidential: true, grants, scopes: ['introspect'] })
  const own = { grant_type: 'client_credentials', scope: 'introspect', token: 'x', client_id: client.client.id }
  return {
    ...made,
    right: { ...own, client_secret: String(client.secret) },
    wrong: { ...own, client_secret: 'not its secret' },
    fail: (kind: CredentialKind) => count(countersOf('credential', [kind, stranger]), 48),
    statuses: (url: string, form: Record<string, string>, headers = {}, from = stranger) =>
      times(1, () => postForm(app, url, form, headers, from))
  }
}

t.test('Wrong client credentials wait after fifty failures, and right ones never', async t => {
  const { app, clock, right, wrong, fail, statuses } = await withClient(t)
  await fail('client')
  for (const url of ['/token', '/revoke']) t.strictSame(await statuses(url, wrong), [401])
  for (const url of ['/token', '/revoke']) {
    assertMustWait(t, await postForm(app, url, wrong, {}, '198.51.100.99'), 1)
    t.strictSame(await statuses(url, right), [200])
  }
  t.strictSame(await statuses('/token', wrong, {}, '203.0.113.1'), [401], 'another prefix')
  t.strictSame(await statuses('/introspect', wrong), [401], 'another counter')
  t.strictSame(await guesses(app, 1), [400], 'logins are not affected')
  clock.advance(1)
  t.strictSame([...(await statuses('/token', wrong)), ...(await statuses('/token', wrong))], [401, 429])
})

t.test('Wrong credentials at /introspect wait after fifty failures', async t => {
  const { app, right, wrong, fail, statuses } = await withClient(t)
  const { access_token } = (await postForm(app, '/token', right, {}, '203.0.113.1')).json()
  await fail('introspection')
  const token = { token: 'x' }
  t.strictSame(await statuses('/introspect', wrong), [401])
  for (let n = 0; n < 3; n++) t.strictSame(await statuses('/introspect', token, bearer('not a token')), [400])
  t.strictSame(await statuses('/introspect', token, bearer('x.y.z')), [401])
  assertMustWait(t, await postForm(app, '/introspect', wrong, {}, stranger), 1)
  assertMustWait(t, await postForm(app, '/introspect', token, bearer('x.y.z'), stranger), 1)
  t.strictSame(await statuses('/introspect', right), [200])
  t.strictSame(await statuses('/introspect', token, bearer(access_token)), [200])
  t.strictSame(await statuses('/token', wrong), [401], 'another counter')
})

t.test('A server without passkeys refuses them before anything is counted or recorded', async t => {
  const { app } = await createApp(t)
  const { challenge } = createPkce()
  const ask = (form: Record<string, string>) => postForm(app, '/authorize-challenge', { ...challenge, ...form })
  const { auth_session } = (await ask({ response_type: 'code' })).json()
  t.match((await ask({ auth_session, passkey: '{}' })).json(), { error_description: 'This server has no passkeys.' })
  t.match(await app.audit.page({ limit: 10 }), { items: { length: 1 } })
})
