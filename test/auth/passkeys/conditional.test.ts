import t, { type Test } from 'tap'
import { callWith, clientToken } from '../../support/administrator.ts'
import { password } from '../../support/app.ts'
import { createAuthenticator, type Faults } from '../../support/authenticator.ts'
import { type EngineName, engines } from '../../support/engines.ts'
import { createPasskeyWorld } from '../../support/passkeys.ts'
import { assertProblem } from '../../support/problem.ts'
import { markEnrolled, stepUp } from '../../support/step-up.ts'

const url = '/users/me/passkeys'
/** The flags of a creation without a dialog (WebAuthn L3 §5.1.3). */
const silent: Faults = { isUserPresent: false, isUserVerified: false }

/** A world in which alice has logged in with her password; `call` uses her access token. */
async function withAlice(t: Test, engine: EngineName = 'sqlite') {
  const world = await createPasskeyWorld(t, { accessTokenTtl: 3600 }, engine)
  const login = await world.logIn()
  const call = callWith(world.app, login.token)
  const begin = (payload: object = { conditional: true }) => call('POST', `${url}/options`, payload)
  return {
    ...world,
    ...login,
    call,
    begin,
    /** Sends a new passkey for these options. */
    register: (options: { rp: { id: string }; user: { id: string }; challenge: string }, faults: Faults = silent) =>
      call('POST', url, { name: 'Laptop', response: createAuthenticator().create(options, faults) }),
    row: () => world.app.userAdmin.byIdOrName('alice')
  }
}

for (const engine of engines) {
  t.test(`a passkey that the browser makes by itself changes no rule of the account, on ${engine}`, async t => {
    const world = await withAlice(t, engine)
    const { app, call, begin, register, logIn, user, events, notices, clock } = world
    const other = await logIn()
    const plain = (await begin({})).json()
    const options = (await begin()).json()
    t.match(options.authenticatorSelection, { userVerification: 'preferred' }, 'required would be refused (§5.1.3)')
    const added = await register(options)
    t.equal(added.statusCode, 201, added.body)
    t.strictSame(Object.keys(added.json()), ['passkey'], 'without recovery codes')
    const { passkey } = added.json()
    t.match(passkey, { name: 'Laptop', confirmed_at: null, created_at: clock.now().toISOString() })
    t.strictSame((await call('GET', url)).json().items, [passkey])
    t.strictSame((await call('GET', '/users/me/factors')).json(), { items: [], recovery_codes_left: 0 })
    t.match(await world.row(), { secondFactorAt: null, updatedAt: user.updatedAt })
    t.equal((await app.sessions.find(other.session.id))?.session.revokedAt, null, 'no login ends')
    const about = { actor: user.id, subject: user.id, ip: '192.0.2.1' }
    t.match(await events(), [
      { action: 'factor.added', ...about, detail: { type: 'passkey', id: passkey.id, confirmed: false } }
    ])
    t.strictSame(await notices(), ['passkey_created'])
    t.match((await begin()).json().excludeCredentials, [{ type: 'public-key', transports: ['internal'] }])
    t.match((await register(plain, {})).json(), { passkey: { confirmed_at: /Z$/ } }, 'a challenge from before works')
    t.match((await begin()).statusCode, 401, 'now the account has a second factor')
  })

  t.test(`five passkeys can wait, and an account has at most 20, on ${engine}`, async t => {
    const { begin, register, add, call, logIn, app } = await withAlice(t, engine)
    for (let n = 0; n < 4; n++) t.equal((await register((await begin()).json())).statusCode, 201)
    const two = [(await begin()).json(), (await begin()).json()]
    const statuses = await Promise.all(two.map(async options => (await register(options)).statusCode))
    t.strictSame(statuses.sort(), [201, 409], 'of two at once, one is the fifth')
    const full = { detail: '5 passkeys wait to be confirmed. Confirm or remove one first.' }
    assertProblem(t, await begin(), 409, `${url}/options`, full)
    const [first] = (await call('GET', url)).json().items
    t.equal((await call('DELETE', `${url}/${first.id}`)).statusCode, 204)
    t.equal((await begin()).statusCode, 200)
    for (let n = 0; n < 16; n++) await add()
    const { token, user } = await logIn()
    await stepUp(app, token, ['pwd', 'otp', 'mfa'])
    const more = await callWith(app, token)('POST', `${url}/options`, { conditional: true })
    assertProblem(t, more, 409, `${url}/options`, { detail: 'An account can have 20 passkeys. Remove one first.' })
    t.equal((await app.db.secondFactors.passkeysOf(user.id)).length, 20)
  })

  t.test(`a conditional challenge works once, also for two at once, on ${engine}`, async t => {
    const { begin, register, call } = await withAlice(t, engine)
    const options = (await begin()).json()
    const statuses = await Promise.all([register(options), register(options)].map(async one => (await one).statusCode))
    t.strictSame(statuses.sort(), [201, 409])
    t.equal((await register(options)).statusCode, 409)
    t.equal((await call('GET', url)).json().items.length, 1)
  })
}

const expired = /its challenge has expired, or is not for this account/

t.test('only a conditional challenge does without presence of the user (WebAuthn L3 §7.1 step 15)', async t => {
  const { begin, register } = await withAlice(t)
  for (const plain of [{}, { conditional: false }]) {
    const refused = await register((await begin(plain)).json(), silent)
    t.match(refused.json(), { status: 400, detail: /authenticator data do not belong/ }, JSON.stringify(plain))
  }
  const present = await register((await begin()).json(), {})
  t.match(present.json(), { passkey: { confirmed_at: null } }, 'the flags do not make it a plain one')
})

t.test(
  'a conditional challenge is refused after ten minutes, for another account, and with what it is bound to',
  async t => {
    const { app, begin, register, clock, logIn, passkeys } = await withAlice(t)
    const options = (await begin()).json()
    const bob = callWith(app, (await logIn('bob')).token)
    const response = createAuthenticator().create(options, silent)
    t.match((await bob('POST', url, { name: 'Laptop', response })).json(), { status: 400, detail: expired })
    const { user } = await logIn()
    const challenge = passkeys.registrationOptions(user, { conditional: true })
    t.not((await challenge).challenge, options.challenge)
    clock.advance(599)
    const last = (await begin()).json()
    clock.advance(1)
    t.match((await register(options)).json(), { status: 400, detail: expired })
    await markEnrolled(app, user)
    t.match((await register(last)).json(), { status: 400, detail: expired }, 'the factors have changed')
  }
)

t.test('a passkey is made by the browser only after the password, of the last ten minutes', async t => {
  const { app, begin, call, clock, logIn, session, token } = await withAlice(t)
  const needsPassword = {
    status: 401,
    detail: 'Log in with the password again, so that the browser may create a passkey by itself.'
  }
  clock.advance(601)
  for (const body of [{ conditional: true }, { conditional: true, current_password: password }]) {
    const refused = await begin(body)
    t.match(refused.json(), needsPassword, 'a stolen access token')
    t.match(refused.headers['www-authenticate'], /error="insufficient_user_authentication".* max_age="?600/)
  }
  t.equal((await begin({ current_password: password })).statusCode, 200, 'a plain one takes the password instead')
  for (const amr of [['fed'], ['email'], ['swk', 'user']]) {
    const { token } = await logIn('bob', amr)
    const refused = await callWith(app, token)('POST', `${url}/options`, { conditional: true })
    t.match(refused.json(), needsPassword, amr.join())
    t.match(refused.headers['www-authenticate'], /max_age="?0/, 'a recent login is not enough')
  }
  await stepUp(app, token, ['pwd'])
  t.equal((await begin()).statusCode, 200)
  await markEnrolled(app, { id: String(session.userId) })
  const twoFactors = (await begin()).json()
  t.match(twoFactors, { status: 401, detail: /second factor|two factors/ }, 'an account with a second factor')
  await stepUp(app, token)
  t.equal((await begin()).statusCode, 200)
  const client = await clientToken(app, 'jobs', ['me'])
  t.equal((await callWith(app, client.token)('POST', `${url}/options`, { conditional: true })).statusCode, 403)
  t.equal((await callWith(app)('POST', `${url}/options`, { conditional: true })).statusCode, 401)
  t.equal((await call('POST', `${url}/options`, { conditional: 'yes' })).statusCode, 400)
})

t.test('no passkey is made by the browser for an account whose owner would not hear of it', async t => {
  const { app, begin, register, user, clock } = await withAlice(t)
  const options = (await begin()).json()
  const at = clock.now()
  await app.db.users.update(user.id, { emailVerified: false, updatedAt: at }, app.auditEvents.event('user.updated'))
  const detail = 'Verify the e-mail address of the account first.'
  assertProblem(t, await begin(), 409, `${url}/options`, { detail })
  assertProblem(t, await register(options), 409, url, { detail }, 'not verified any more')
})
