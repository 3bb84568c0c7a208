import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { bearer, createApp, createUser, logIn, password, postForm } from '../../support/app.ts'
import { wrongPassword } from '../../support/guess.ts'
import { createPkce } from '../../support/pkce.ts'
import { enrol } from '../../support/second-factor.ts'

/** A fresh app on which alice has an authenticator app, and bob has none. */
async function createWorld(t: Test) {
  const world = await createApp(t, {})
  const { app } = world
  const alice = await createUser(app)
  await createUser(app, 'bob')
  const factor = await enrol(world)
  const { challenge, code_verifier } = createPkce()
  const show = async (form: Record<string, string>) =>
    (await postForm(app, '/authorize-challenge', { ...challenge, ...form })).json() as Record<string, string>
  const events = async () =>
    (await app.audit.page({ limit: 100 })).items.map(({ action, detail }) => {
      const { reason } = detail as { reason?: string }
      return action.startsWith('login.') && reason ? `${action} ${reason}` : action
    })
  return {
    ...world,
    alice,
    factor,
    show,
    events,
    begin: (username = 'alice', form: Record<string, string> = {}) =>
      show({ response_type: 'code', username, password, ...form }),
    refresh: (refresh_token: string, form: Record<string, string> = {}) =>
      postForm(app, '/token', { grant_type: 'refresh_token', refresh_token, ...form }),
    redeem: async (code = '') =>
      (await postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier })).json(),
    /** The actions of the events that `act` leaves, in their order. */
    async told(act: () => Promise<unknown>) {
      const before = (await events()).length
      await act()
      const all = await events()
      return all.slice(0, all.length - before).reverse()
    }
  }
}

t.test('The successors of an auth session expire with it, however often the login is continued', async t => {
  const { begin, show, clock, factor } = await createWorld(t)
  let { auth_session = '', ...first } = await begin()
  t.equal(first.auth_session_expires_in, 600)
  for (const left of [450, 300, 150]) {
    clock.advance(150)
    const next = await show({ auth_session, ...(left === 300 ? { otp: '000000' } : {}) })
    t.equal(next.auth_session_expires_in, left)
    auth_session = String(next.auth_session)
  }
  clock.advance(151)
  t.match(await show({ auth_session, otp: factor.code() }), { error: 'invalid_session' })
})

t.test('Finishing the login ends every auth session of it', async t => {
  const { begin, show, factor, redeem, clock } = await createWorld(t)
  const { auth_session: first = '' } = await begin()
  const { auth_session: copy = '' } = await show({ auth_session: first })
  const { auth_session: other = '' } = await show({ auth_session: first, otp: '000000' })
  const { authorization_code } = await show({ auth_session: copy, otp: factor.code() })
  t.match(await redeem(authorization_code), { scope: 'me' })
  clock.advance(30)
  for (const auth_session of [first, copy, other])
    t.match(await show({ auth_session, otp: factor.code() }), { error: 'invalid_session' })
})

t.test('An auth session ends when the account changes meanwhile, and the right password leaves an event', async t => {
  const { app, show, told } = await createWorld(t)
  const { auth_session = '' } = await show({ response_type: 'code', username: 'alice', password })
  const next = 'purple monkey dishwasher lamp'
  const { users } = app.db
  const { byId } = users
  users.byId = async id => {
    const row = await byId(id)
    users.byId = byId
    await app.accountPasswords.set(await app.userAdmin.byId(id), next, {})
    return row
  }
  const events = await told(async () =>
    t.match(await show({ auth_session, username: 'alice', password: next }), { error: 'invalid_session' })
  )
  t.ok(events.includes('login.failed changed meanwhile'), events.join())
})

t.test('An auth session is of one account, and the right password of another leaves an event', async t => {
  const { begin, show, told } = await createWorld(t)
  const { auth_session = '' } = await begin()
  const events = await told(async () =>
    t.match(await show({ auth_session, username: 'bob', password }), { error: 'invalid_grant' })
  )
  t.strictSame(events, ['login.failed another account'])
})

t.test('A login or step-up counts from when its last method was shown, not from the use of its code', async t => {
  const { begin, clock, redeem, refresh, show } = await createWorld(t)
  const shownAt = Math.floor(clock.now().getTime() / 1000)
  const { authorization_code } = await begin('bob')
  clock.advance(50)
  const tokens = await redeem(authorization_code)
  t.equal(decodeJwt(tokens.access_token).auth_time, shownAt)
  const asked = (await refresh(tokens.refresh_token, { max_age: '49' })).json()
  t.equal(asked.error, 'insufficient_authorization')
  const steppedUpAt = Math.floor(clock.now().getTime() / 1000)
  const { authorization_code: code } = await show({ auth_session: asked.auth_session, password })
  clock.advance(40)
  t.equal(decodeJwt((await redeem(code)).access_token).auth_time, steppedUpAt)
})

t.test(
  'A refresh token that was replaced long ago ends the login, and begins no step-up (RFC 9700 §4.14.2)',
  async t => {
    const { app, clock, refresh, told } = await createWorld(t)
    const tokens = await logIn(app, { username: 'bob' })
    const [old, me] = [tokens.refresh_token, bearer(tokens.access_token)]
    const { refresh_token } = (await refresh(old)).json()
    const next = (await refresh(refresh_token)).json()
    clock.advance(31)
    t.strictSame(
      await told(async () => {
        const answer = await refresh(old, { max_age: '0', scope: 'me' })
        t.strictSame([answer.statusCode, answer.json().error], [400, 'invalid_grant'])
      }),
      ['token.reuse_detected']
    )
    t.equal((await refresh(next.refresh_token)).statusCode, 400)
    t.equal((await app.inject({ url: '/users/me', headers: me })).statusCode, 401)
  }
)

t.test('The previous refresh token begins a step-up within the grace time, as it refreshes', async t => {
  const { app, clock, refresh, told } = await createWorld(t)
  const { refresh_token } = await logIn(app, { username: 'bob' })
  await refresh(refresh_token)
  clock.advance(29)
  const retried = await told(async () => {
    for (const _ of [1, 2])
      t.match((await refresh(refresh_token, { max_age: '5' })).json(), { error: 'insufficient_authorization' })
  })
  t.strictSame(retried, ['token.retried'], 'recorded once')
  t.equal((await refresh(refresh_token)).statusCode, 200)
})

t.test('A right password leaves an event at /authorize-challenge (ASVS 16.3.1)', async t => {
  const { begin, told, app, refresh, show, clock } = await createWorld(t)
  t.strictSame(await told(() => begin('bob')), ['code.issued'])
  t.strictSame(await told(() => begin('bob', { scope: 'audit:read' })), ['login.failed scope'])
  t.strictSame(await told(() => begin('bob', { acr_values: 'aal2' })), ['login.failed no second factor'])
  t.strictSame(await told(() => begin('alice')), ['login.challenged'])
  t.strictSame(await told(() => begin('alice', { otp: '000000' })), ['login.failed code'])
  t.strictSame(await told(() => begin('bob', { password: wrongPassword })), ['login.failed password'])
  const { refresh_token } = await logIn(app, { username: 'bob' })
  clock.advance(10)
  const { auth_session } = (await refresh(refresh_token, { max_age: '1' })).json()
  t.strictSame(await told(() => show({ auth_session, password })), ['code.issued'], 'for a step-up too')
})
