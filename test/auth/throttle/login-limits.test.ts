import t, { type Test } from 'tap'
import type { Config } from '../../../src/config/config.ts'
import { bearer, createApp, createUser, password, postForm, withMetrics } from '../../support/app.ts'
import { createAuthenticator, type Faults, type RequestOptions } from '../../support/authenticator.ts'
import { all, guess, logInFrom } from '../../support/guess.ts'
import { createPasskeyWorld } from '../../support/passkeys.ts'
import { createPkce } from '../../support/pkce.ts'

const [home, elsewhere] = ['203.0.113.5', '198.51.100.7']

/** An app on which alice has a passkey. */
async function createWorld(t: Test, settings: Partial<Config> = {}) {
  const world = await createPasskeyWorld(t, { ...withMetrics, ...settings })
  const { app, clock } = world
  const { authenticator, session } = await world.add(createAuthenticator())
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
    session,
    ask,
    begin,
    show,
    clock,
    /** The statuses of this many requests, one after the other. */
    async times(count: number, one: (index: number) => Promise<{ statusCode: number }>) {
      const statuses: number[] = []
      for (let index = 0; index < count; index++) statuses.push((await one(index)).statusCode)
      return statuses
    },
    redeem: (from: string, code: string) =>
      postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier }, {}, from),
    /** How many events `act` leaves. */
    async events(act: () => Promise<unknown>) {
      const before = await app.db.audit.newest()
      await act()
      return ((await app.db.audit.next(before))?.rows ?? []).map(({ action }) => action)
    }
  }
}

t.test('no request writes without a limit', async t => {
  t.test('refused passkeys are counted by address prefix, and recorded up to the limit', async t => {
    const { begin, ask, times, events, show, clock, app } = await createWorld(t)
    const { auth_session } = await begin(elsewhere)
    const refused = () => ask(elsewhere, { auth_session, passkey: '{}' })
    const recorded = await events(async () => {
      t.strictSame(await times(60, refused), [...all(50, 400), ...all(10, 429)])
    })
    t.equal(recorded.filter(action => action === 'login.failed').length, 50)
    t.equal(recorded.length, 51, 'and one refusal')
    t.equal((await refused()).headers['retry-after'], '1')
    t.equal((await show(elsewhere)).statusCode, 200, 'a right passkey is never refused for it')
    const text = await ask(elsewhere, { auth_session, passkey: 'not JSON' })
    t.match(text.json(), { error: 'invalid_request' }, 'what is not JSON is refused before')
    t.equal((await ask(home, { auth_session, passkey: '{}' })).statusCode, 400, 'another prefix has its own')
    clock.advance(1)
    t.equal((await refused()).statusCode, 400)
    t.match(await app.metrics.registry?.getSingleMetricAsString('sallyport_throttled_total'), /counter="passkey"} 11/)
  })

  t.test('a copied passkey is reported no more often', async t => {
    const { show, times, events, redeem } = await createWorld(t, { limits: ['login=30'] })
    await redeem(home, (await show(home, { counter: 9 })).json().authorization_code)
    const recorded = await events(() => times(60, () => show(elsewhere, { counter: 9 })))
    t.equal(recorded.filter(action => action === 'factor.refused').length, 29)
  })

  t.test('refused passkeys from the same prefix do not suppress the report of a copied one', async t => {
    const { show, begin, ask, times, events, redeem } = await createWorld(t)
    await redeem(home, (await show(home, { counter: 9 })).json().authorization_code)
    const { auth_session } = await begin(elsewhere)
    await times(50, () => ask(elsewhere, { auth_session, passkey: '{}' }))
    const recorded = await events(() => show(elsewhere, { counter: 9 }))
    t.ok(recorded.includes('factor.refused'))
  })

  t.test('logins with a passkey fall under the limit of logins, which a step-up cannot evade', async t => {
    const { show, times } = await createWorld(t, { limits: ['login=3'] })
    t.strictSame(await times(5, () => show(home)), [...all(3, 200), ...all(2, 429)])
    t.equal((await show(elsewhere)).statusCode, 429, 'from all prefixes together')
  })

  t.test('right passwords from ever new prefixes fall under the limit of logins too', async t => {
    const { app, times, show, clock } = await createWorld(t, { limits: ['login=10'] })
    await createUser(app, 'carol')
    const from = (index: number) => `2001:db8:${index}::1`
    const logIn = async (index: number) => ({ statusCode: await logInFrom(app, from(index), 'carol') })
    t.strictSame(await times(12, logIn), [...all(10, 200), ...all(2, 429)])
    t.equal(await logInFrom(app, from(99), 'carol'), 429)
    t.equal((await guess(app, from(98), { username: 'carol' })).statusCode, 429, 'a wrong one gets the same answer')
    t.strictSame(await times(11, index => show(from(index))), [...all(10, 200), 429])
    clock.advance(360)
    t.equal(await logInFrom(app, from(99), 'carol'), 200, 'one is forgiven after the tenth part of an hour')
  })

  t.test('wrong passwords do not count there, and a new password ends the wait', async t => {
    const { app, times, clock } = await createWorld(t, { limits: ['login=10'] })
    const carol = await createUser(app, 'carol')
    const from = (index: number) => `2001:db8:${index}::1`
    await times(30, index => guess(app, from(index), { username: 'carol' }))
    clock.advance(2)
    const next = 'purple monkey dishwasher lamp'
    const logIn = async (index: number) => ({ statusCode: await logInFrom(app, from(100 + index), 'carol') })
    t.strictSame(await times(11, logIn), [...all(10, 200), 429])
    await app.accountPasswords.set(await app.userAdmin.byId(carol.id), next, {})
    t.equal((await guess(app, home, { username: 'carol', password: next })).statusCode, 200)
  })

  t.test('a right password without its second factor counts as a login of the account', async t => {
    const { app, times } = await createWorld(t, { limits: ['login=10'] })
    const from = (index: number) => `2001:db8:${index}::1`
    const first = (index: number) => guess(app, from(index), { password })
    t.strictSame(await times(12, first), [...all(10, 403), ...all(2, 429)])
  })

  t.test('prefixes that have registered lately leave a share for the others', async t => {
    const { app, times, clock } = await createWorld(t, { limits: ['registration=2'] })
    let names = 0
    const register = (remoteAddress: string) => () =>
      app.inject({ method: 'POST', url: '/users', remoteAddress, payload: { username: `u${names++}`, password } })
    // Each of these prefixes registers as often as it may, an hour long.
    for (let round = 0; round < 12; round++) await times(3, register(`198.51.${round}.1`))
    clock.advance(1)
    await times(40, register('198.51.0.1'))
    t.strictSame(await times(1, register('203.0.113.1')), [201], 'another person elsewhere')
    t.strictSame(await times(1, register('203.0.114.1')), [201])
  })

  t.test('a client that acts for itself, and an administrator, are bounded in each process', async t => {
    const { app, times } = await createWorld(t)
    const { throttle } = app
    for (let n = 0; n < 36_000; n++) throttle.clientLogin('c_1')
    t.throws(() => throttle.clientLogin('c_1'), { status: 429, code: 'temporarily_unavailable' })
    throttle.clientLogin('c_2')
    await createUser(app, 'root', ['me', 'users:write'])
    const root = await app.userAdmin.byIdOrName('root')
    for (let n = 0; n < 36_000; n++) throttle.administration(root.id)
    const answer = await postForm(
      app,
      '/token',
      {
        grant_type: 'password',
        username: 'root',
        password,
        scope: 'users:write'
      },
      {},
      home
    )
    const headers = bearer(answer.json().access_token)
    const change = () =>
      app.inject({ method: 'PATCH', url: `/users/${root.id}`, headers, payload: { disabled: false } })
    t.strictSame(await times(2, change), [429, 429])
  })
})

t.test('a server without passkeys refuses them before anything is counted or recorded', async t => {
  const { app } = await createApp(t)
  const { challenge } = createPkce()
  const ask = (form: Record<string, string>) => postForm(app, '/authorize-challenge', { ...challenge, ...form })
  const { auth_session } = (await ask({ response_type: 'code' })).json()
  t.strictSame((await ask({ auth_session, passkey: '{}' })).json(), {
    error: 'invalid_request',
    error_description: 'This server has no passkeys.'
  })
  t.strictSame(
    (await app.audit.page({ limit: 10 })).items.map(({ action }) => action),
    ['key.created']
  )
})
