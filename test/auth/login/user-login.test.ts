import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { build } from '../../../src/app.ts'
import { createApp, createUser, password, postForm } from '../../support/app.ts'
import { enrol } from '../../support/second-factor.ts'

const wrongPassword = 'purple monkey dishwasher lamp'

let number = 0

/** An app with two nodes on one database. */
async function createWorld(t: Test) {
  const world = await createApp(t)
  const other = await build({ config: world.config, now: world.clock.now })
  t.teardown(() => other.close())
  return { ...world, other }
}

/** New accounts on it: that of `ask` has an authenticator app, and `bob` has none. */
async function withFactor(world: Awaited<ReturnType<typeof createWorld>>) {
  const { app } = world
  const [username, bob] = [`alice${++number}`, `bob${number}`]
  const { id } = await createUser(app, username)
  await createUser(app, bob)
  const factor = await enrol(world, { username })
  /** A code that the app does not show now. */
  const wrong = () => String((Number(factor.code()) + 1) % 1_000_000).padStart(6, '0')
  const ask = (form: Record<string, string> = {}, to = app) =>
    postForm(to, '/token', { grant_type: 'password', username, password, ...form })
  const statusOf = async (form?: Record<string, string>, to = app) => (await ask(form, to)).statusCode
  const events = async () =>
    (await app.audit.page({ subject: id, limit: 100 })).items.filter(({ action }) => /^(login|throttle)/.test(action))
  return { ...world, id, bob, factor: { ...factor, wrong }, ask, statusOf, events }
}

t.test('Of accounts on two nodes', async t => {
  const world = await createWorld(t)

  t.test('A right password alone asks for more, and says how (draft-ietf-oauth-first-party-apps §6.2)', async t => {
    const { ask, events } = await withFactor(world)
    const answer = await ask()
    t.equal(answer.statusCode, 403)
    t.match(answer.headers, { 'cache-control': 'no-store', 'content-type': /^application\/json/ })
    const { auth_session, ...rest } = answer.json()
    t.match(auth_session, /^[\w-]{200,}$/)
    t.strictSame(rest, {
      error: 'insufficient_authorization',
      error_description: 'Send otp or recovery_code too, or the code of the authenticator app after the password.',
      auth_session_expires_in: 600,
      factors: ['otp', 'recovery_code']
    })
    t.match(await events(), [{ action: 'login.challenged', detail: {} }])
    t.notMatch(JSON.stringify(await events()), auth_session)
  })

  t.test('Without a right password, a code makes no difference (RFC 6749 §5.2)', async t => {
    const { app, ask, factor, id, bob } = await withFactor(world)
    const otp = factor.code()
    const [recovery_code = ''] = factor.recoveryCodes
    const refusals = [
      await ask({ password: wrongPassword }),
      await ask({ password: wrongPassword, otp }),
      await ask({ password: wrongPassword, otp: '000000' }),
      await ask({ password: wrongPassword, recovery_code }),
      await ask({ password: `${wrongPassword}${otp}` }),
      await ask({ username: bob, password: wrongPassword, otp }),
      await ask({ username: 'carol', otp }),
      await ask({ username: 'carol', password: `${password}${otp}` })
    ]
    const counters = await app.db.throttle.counters([`code:${id}`, `consecutive-codes:${factor.id}`])
    const counted = counters.filter(({ clearsAt }) => clearsAt > app.clock.now().getTime())
    t.strictSame(counted, [], 'no code is counted')
    await app.userAdmin.update(id, { disabled: true }, {})
    refusals.push(await ask({ otp }), await ask())
    t.strictSame(
      [...new Set(refusals.map(({ statusCode, body }) => `${statusCode} ${body}`))],
      ['400 {"error":"invalid_grant","error_description":"The username or the password is wrong."}']
    )
  })

  t.test('A code works once, also in the next login and on another node (RFC 6238 §5.2)', async t => {
    const { other, statusOf, factor } = await withFactor(world)
    const otp = factor.code()
    const both = await Promise.all([statusOf({ otp }), statusOf({ otp }, other), statusOf({ otp })])
    t.equal(both.filter(status => status === 200).length, 1, String(both))
    t.equal(await statusOf({ otp }, other), 403)
    t.equal(await statusOf({ password: password + otp }), 400)
  })

  t.test('A recovery code works once, however it is written, on every node', async t => {
    const { other, app, statusOf, factor } = await withFactor(world)
    const [first = '', second = ''] = factor.recoveryCodes
    t.equal(await statusOf({ recovery_code: ` ${first.toLowerCase().replaceAll('-', ' ')} ` }), 200)
    t.equal(await statusOf({ recovery_code: first }, other), 403)
    const both = await Promise.all([statusOf({ recovery_code: second }), statusOf({ recovery_code: second }, other)])
    t.equal(both.filter(status => status === 200).length, 1, String(both))
    for (const recovery_code of ['AAAA-BBBB-CCCC-DDDD', 'no code']) t.equal(await statusOf({ recovery_code }), 403)
    const listed = await app.inject({ url: '/users/me/factors', headers: factor.headers })
    t.equal(listed.json().recovery_codes_left, 8)
  })

  t.test('A client with one field sends the code after the password, which may end with six digits', async t => {
    const { app, statusOf, factor, clock, id, bob } = await withFactor(world)
    const otp = factor.code()
    t.equal(await statusOf({ password: `${password}${otp}` }), 200)
    t.equal(await statusOf({ password: `${password}${otp}` }), 400, 'a code works once')
    clock.advance(30)
    t.equal(await statusOf({ password: `${password}${factor.code(1)}` }), 400, 'a code of the future')
    t.equal(await statusOf({ password: `${password} ${factor.code()}` }), 400, 'a blank belongs to the password')
    t.equal(await statusOf({ password: `${password}${factor.code()}`, otp: factor.code() }), 400, 'not in both fields')
    t.equal(await statusOf({ username: bob, password: `${password}${factor.code()}` }), 400)
    t.equal(await statusOf({ password: `${password}${factor.code()}` }), 200)

    const ending = 'correct horse battery 123456'
    for (const name of [id, bob]) await app.accountPasswords.set(await app.userAdmin.byIdOrName(name), ending, {})
    t.equal(await statusOf({ username: bob, password: ending }), 200)
    t.equal(await statusOf({ password: ending }), 403)
    clock.advance(30)
    t.equal(await statusOf({ password: `${ending}${factor.code()}` }), 200)
  })

  t.test('A malformed code is refused for every account alike, before the password is checked', async t => {
    const { ask, factor, bob } = await withFactor(world)
    const otp = factor.code()
    const malformed = { error: 'invalid_request', error_description: 'otp must be six digits.' }
    for (const wrong of [otp.slice(1), `${otp}0`, ` ${otp}`, '１２３４５６', '٣٣٣٣٣٣', 'abcdef'])
      t.strictSame((await ask({ password: wrongPassword, otp: wrong })).json(), malformed)
    for (const username of [bob, 'carol'])
      t.strictSame((await ask({ username, password: wrongPassword, otp: 'abcdef' })).json(), malformed)
    t.strictSame((await ask({ otp, recovery_code: 'AAAA' })).json(), {
      error: 'invalid_request',
      error_description: 'Send otp or recovery_code, not both.'
    })
  })

  t.test('A login takes one hash, with a code, without one, and with both in one field', async t => {
    const { app, statusOf, factor, clock, bob } = await withFactor(world)
    const turns = t.capture(app.passwords, 'takeTurn', app.passwords.takeTurn)
    for (const [form, status] of [
      [{ otp: factor.code() }, 200],
      [{}, 403],
      [{ otp: '000000' }, 403],
      [{ password: wrongPassword }, 400],
      [{ username: bob }, 200],
      [{ password: `${password}${factor.code(1)}` }, 200]
    ] as [Record<string, string>, number][]) {
      if (form.password?.startsWith(password)) clock.advance(30)
      t.strictSame([await statusOf(form), turns().length], [status, 1], JSON.stringify(form))
    }
  })

  t.test('An account without a second factor logs in as ever, also with a code', async t => {
    const { ask, factor, bob } = await withFactor(world)
    const answer = await ask({ username: bob, otp: factor.code() })
    t.equal(answer.statusCode, 200)
    t.match(decodeJwt(answer.json().access_token), { acr: 'aal1', amr: ['pwd'] })
  })

  t.test('Wrong codes are counted at the account, across logins and nodes (RFC 4226 §7.3)', async t => {
    const { other, app, statusOf, events, factor, clock, bob } = await withFactor(world)
    for (let n = 0; n < 10; n++) t.equal(await statusOf({ otp: factor.wrong() }, n % 2 ? other : app), 403, String(n))
    t.equal(await statusOf({ otp: factor.wrong() }, other), 429)
    t.equal(await statusOf({ otp: factor.code() }), 429, 'a right code has to wait too')
    t.match((await events())[0], { action: 'login.failed', detail: { reason: 'limit' } }, 'the password was right')
    t.equal(await statusOf({ username: bob }), 200)
    clock.advance(3600)
    t.equal(await statusOf({ otp: factor.code() }), 200)
  })

  t.test('After a hundred wrong codes in a row, an app no longer works, but a recovery code does', async t => {
    const { app, statusOf, factor, clock, ask, id } = await withFactor(world)
    // What a wrong code counts, without its login.
    async function fail(times: number) {
      for (let n = 0; n < times; n++) {
        await app.throttle.code({ counter: id, series: factor.id })
        clock.advance(3601)
      }
    }
    await fail(98)
    t.equal(await statusOf({ otp: factor.wrong() }), 403)
    clock.advance(3601)
    t.equal(await statusOf({ otp: factor.code() }), 200, 'a right code ends the series')
    clock.advance(3601)
    await fail(99)
    t.equal(await statusOf({ otp: factor.wrong() }), 403)
    clock.advance(86_400)
    const refused = await ask({ otp: factor.code() })
    t.equal(refused.statusCode, 429)
    t.match(refused.json(), { error_description: 'Too many wrong codes. Use a recovery code or a passkey.' })
    t.equal(await statusOf({ password: `${password}${factor.code()}` }), 429, 'not in one field either')
    t.equal(await statusOf({ recovery_code: String(factor.recoveryCodes[0]) }), 200)
  })
})

t.test('No request can ask for the scope of a login that can only enrol', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const form = { grant_type: 'password', username: 'alice', password, scope: 'factors' }
  t.match((await postForm(app, '/token', form)).json(), { error: 'invalid_scope' })
})
