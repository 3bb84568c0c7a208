import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createApp, createUser, logIn, password, postForm } from '../support/app.ts'
import { createPkce } from '../support/pkce.ts'
import { enrol } from '../support/second-factor.ts'

const code = { response_type: 'code' }
const alice = { username: 'alice', password }

/** A fresh app on which alice has an authenticator app, and bob has none. */
async function withAlice(t: Test, settings: Partial<Config> = {}) {
  const world = await createApp(t, settings)
  const { app } = world
  const user = await createUser(app)
  await createUser(app, 'bob')
  const factor = await enrol(world)
  const pkce = createPkce()
  const ask = (form: Record<string, string>, headers = {}) =>
    postForm(app, '/authorize-challenge', { ...pkce.challenge, ...form }, headers)
  const begin = (form: Record<string, string> = alice) => ask({ ...code, ...form })
  const codeOf = async (form: Record<string, string>) =>
    ((await ask(form)).json() as { authorization_code: string }).authorization_code
  const redeem = (authorizationCode: string, form: Record<string, string> = {}) =>
    postForm(app, '/token', {
      grant_type: 'authorization_code',
      code: authorizationCode,
      code_verifier: pkce.code_verifier,
      ...form
    })
  const register = async (name: string, confidential: boolean, grants: string[]) => {
    const { client, secret } = await app.clientAdmin.create({ name, confidential, grants, scopes: ['me'] })
    return { id: client.id, headers: basic(client.id, secret ?? '') }
  }
  const me = async (token: string) => (await app.inject({ url: '/users/me', headers: bearer(token) })).statusCode
  return { ...world, user, factor, pkce, ask, begin, codeOf, redeem, register, me }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString())

t.test('POST /authorize-challenge', async t => {
  t.test('a login begins without anything, and continues with the auth session', async t => {
    const { begin, ask, codeOf, redeem, factor } = await withAlice(t)
    const first = await begin({})
    t.equal(first.statusCode, 400)
    const { auth_session, ...rest } = first.json()
    t.strictSame(rest, {
      error: 'insufficient_authorization',
      error_description: 'Send one of the factors.',
      auth_session_expires_in: 600,
      factors: ['password']
    })
    const second = await ask({ auth_session, ...alice })
    t.match(second.json(), { error: 'insufficient_authorization', factors: ['otp', 'recovery_code'] })
    const authorizationCode = await codeOf({ auth_session: second.json().auth_session, otp: factor.code() })
    const tokens = (await redeem(authorizationCode)).json()
    t.match(claimsOf(tokens.access_token), { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], scope: 'me' })
  })

  t.test('a password is enough for an account without a second factor', async t => {
    const { begin, redeem, app } = await withAlice(t)
    const answer = await begin({ username: 'bob', password })
    t.strictSame(Object.keys(answer.json()), ['authorization_code'])
    t.match(answer.headers, { 'cache-control': 'no-store' })
    const tokens = (await redeem(answer.json().authorization_code)).json()
    t.match(claimsOf(tokens.access_token), { acr: 'aal1', amr: ['pwd'] })
    const events = (await app.audit.page({ limit: 100 })).items
    t.notMatch(JSON.stringify(events), answer.json().authorization_code)
  })

  t.test('everything may come in one request', async t => {
    const { begin, redeem, factor } = await withAlice(t)
    const answer = await begin({ ...alice, otp: factor.code() })
    t.equal((await redeem(answer.json().authorization_code)).statusCode, 200)
  })

  t.test('a wrong password is the error of /token, for every account', async t => {
    const { begin } = await withAlice(t)
    for (const username of ['alice', 'bob', 'carol'])
      t.strictSame((await begin({ username, password: 'wrong wrong wrong' })).json(), {
        error: 'invalid_grant',
        error_description: 'The username or the password is wrong.'
      })
  })

  t.test('a wrong code leaves the login open', async t => {
    const { begin, ask, factor } = await withAlice(t)
    const { auth_session } = (await begin()).json()
    const wrong = await ask({ auth_session, otp: '000000' })
    t.match(wrong.json(), {
      error: 'insufficient_authorization',
      error_description: 'The code is wrong, expired or was already used.'
    })
    t.match(await ask({ auth_session: wrong.json().auth_session, otp: factor.code(2) }), { statusCode: 400 })
    t.equal((await ask({ auth_session: wrong.json().auth_session, otp: factor.code() })).statusCode, 200)
  })

  t.test('an auth session works once, for its client, until something changes', async t => {
    const { app, begin, ask, codeOf, factor, clock, register, user, pkce } = await withAlice(t)
    const invalid = {
      error: 'invalid_session',
      error_description: 'The auth_session is invalid, has expired or was already used. Begin again.'
    }
    const refused = async (auth_session: string, why: string, form: Record<string, string> = {}, headers = {}) => {
      const answer = await ask({ auth_session, otp: factor.code(), ...form }, headers)
      t.strictSame([answer.statusCode, answer.json()], [400, invalid], why)
    }
    const { auth_session } = (await begin()).json()
    const { id } = await register('shop', false, ['authorization_code'])
    await refused(auth_session, 'of another client', { client_id: id })
    await refused(auth_session.slice(0, -1), 'cut')
    await refused('', 'empty', { auth_session: 'x' })
    const flipped = auth_session.startsWith('A') ? 'B' : 'A'
    await refused(flipped + auth_session.slice(1), 'changed')
    await refused(String(await codeOf({ ...code, username: 'bob', password })), 'a code is no auth session')
    t.equal((await ask({ auth_session, otp: factor.code() })).statusCode, 200)
    await refused(auth_session, 'used', { otp: '000000' })
    clock.advance(30)
    const late = (await begin()).json().auth_session
    clock.advance(601)
    await refused(late, 'expired')
    const open = (await begin()).json().auth_session
    await app.userAdmin.update(user.id, { disabled: true }, {})
    await refused(open, 'of an account that was disabled meanwhile')
    await app.userAdmin.update(user.id, { disabled: false }, {})
    await refused(open, 'once it is enabled again')
    clock.advance(30)
    const before = (await begin()).json().auth_session
    await app.accountPasswords.set(await app.userAdmin.byIdOrName('alice'), 'purple monkey dishwasher lamp', {})
    await refused(before, 'of an earlier password')
    t.ok(pkce)
  })

  t.test('of two requests with one auth session, one gets a code', async t => {
    const { begin, ask, factor } = await withAlice(t)
    const { auth_session } = (await begin()).json()
    const [recovery_code = ''] = factor.recoveryCodes
    const both = await Promise.all([
      ask({ auth_session, otp: factor.code() }),
      ask({ auth_session, recovery_code }),
      ask({ auth_session, otp: factor.code(-1) })
    ])
    t.equal(both.filter(({ statusCode }) => statusCode === 200).length, 1)
    t.ok(both.every(({ statusCode }) => statusCode === 200 || statusCode === 400))
  })

  t.test('a code begins one login, within 60 seconds, for its client and verifier (RFC 6749 §4.1.2)', async t => {
    const { begin, redeem, clock, me, app, register, user } = await withAlice(t)
    const bob = { username: 'bob', password }
    const issue = async () => (await begin(bob)).json().authorization_code as string
    const refuse = async (answer: ReturnType<typeof redeem>, why: string) =>
      t.match((await answer).json(), { error: 'invalid_grant' }, why)
    const first = await issue()
    const { id } = await register('shop', false, ['authorization_code'])
    await refuse(redeem(first, { client_id: id }), 'of another client')
    await refuse(redeem(first, { code_verifier: 'x'.repeat(43) }), 'another verifier')
    await refuse(redeem(first, { code_verifier: '' }), 'no verifier')
    await refuse(redeem(`${first}x`), 'changed')
    const tokens = (await redeem(first)).json()
    t.equal(await me(tokens.access_token), 200)
    await refuse(redeem(first), 'used')
    t.equal(await me(tokens.access_token), 401, 'the second use ends the login')
    const refreshed = await postForm(app, '/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token
    })
    t.match(refreshed.json(), { error: 'invalid_grant' })
    const { items } = await app.audit.page({ limit: 1 })
    t.match(items, [{ action: 'code.reuse_detected' }])
    const late = await issue()
    clock.advance(61)
    await refuse(redeem(late), 'expired')
    const meanwhile = await issue()
    const other = await app.userAdmin.byIdOrName('bob')
    await app.userAdmin.update(other.id, { disabled: true }, {})
    await refuse(redeem(meanwhile), 'of a disabled account')
    t.ok(user)
  })

  t.test('of two uses of a code at once, one begins a login, and it ends', async t => {
    const { begin, redeem, me } = await withAlice(t)
    const { authorization_code } = (await begin({ username: 'bob', password })).json()
    const both = await Promise.all([redeem(authorization_code), redeem(authorization_code)])
    const [tokens, ...others] = both.filter(({ statusCode }) => statusCode === 200)
    t.equal(others.length, 0)
    t.equal(await me(tokens?.json().access_token), 401)
  })

  t.test('scope and resource are those of the first request', async t => {
    const { begin, ask, redeem, factor, app } = await withAlice(t, {
      resources: ['https://api.example.com orders:read', 'https://b.example.com bills:read']
    })
    await app.userAdmin.update(
      (await app.userAdmin.byIdOrName('alice')).id,
      { scopes: ['me', 'orders:read'] },
      {
        scopes: ['orders:read']
      }
    )
    const asked = { scope: 'orders:read me', resource: 'https://api.example.com' }
    const { auth_session } = (await begin({ ...alice, ...asked })).json()
    const answer = await ask({ auth_session, otp: factor.code(), scope: 'me', resource: 'https://b.example.com' })
    const { authorization_code } = answer.json()
    t.match((await redeem(authorization_code, { resource: 'https://b.example.com' })).json(), {
      error: 'invalid_target'
    })
    const tokens = (await redeem(authorization_code, { resource: 'https://api.example.com' })).json()
    t.match(claimsOf(tokens.access_token), { aud: 'https://api.example.com', scope: 'orders:read' })
    const open = (await begin({ username: 'bob', password })).json().authorization_code
    const own = (await redeem(open, { resource: 'https://auth.example.com' })).json()
    t.match(claimsOf(own.access_token), { aud: 'https://auth.example.com', scope: 'me' })
    const bob = { username: 'bob', password }
    t.match((await begin({ ...bob, scope: 'audit:read' })).json(), { error: 'invalid_scope' })
    const wrongTarget = { ...bob, resource: 'https://api.example.com' }
    t.match((await begin(wrongTarget)).json(), { error: 'invalid_scope' })
    t.match((await begin({ ...alice, resource: 'https://c.example.com' })).json(), { error: 'invalid_target' })
  })

  t.test('the parameters of the request are checked first', async t => {
    const { ask, register, pkce, app } = await withAlice(t)
    const { id } = await register('plain', false, ['password'])
    const scenarios: [Record<string, string>, string, string][] = [
      [{}, 'invalid_request', 'response_type is missing or empty: code.'],
      [{ response_type: 'token' }, 'unsupported_response_type', 'response_type must be code.'],
      [{ ...code, client_id: id }, 'unauthorized_client', 'This client may not use grant_type=authorization_code.'],
      [{ ...code, code_challenge_method: 'plain' }, 'invalid_request', 'code_challenge_method must be S256.'],
      [{ ...code, code_challenge_method: '' }, 'invalid_request', 'code_challenge_method must be S256.'],
      [
        { ...code, code_challenge: 'short' },
        'invalid_request',
        'code_challenge must be the SHA-256 of the code_verifier in base64url.'
      ],
      [
        { ...code, code_challenge: '', code_challenge_method: '' },
        'invalid_request',
        'code_challenge is missing or empty: required of public clients.'
      ],
      [{ ...code, password }, 'invalid_request', 'username is missing or empty: required with password.'],
      [{ ...code, passkey: '{}' }, 'invalid_request', 'This server has no passkeys.'],
      [{ ...code, acr_values: 'aal3' }, 'unmet_authentication_requirements', 'acr_values must name aal1 or aal2.'],
      [{ ...code, max_age: '-1' }, 'invalid_request', 'max_age must be a number of seconds.'],
      [{ ...code, ...alice, otp: '12345' }, 'invalid_request', 'otp must be six digits.']
    ]
    for (const [form, error, error_description] of scenarios) {
      const answer = await ask(form)
      t.strictSame([answer.statusCode, answer.json()], [400, { error, error_description }], JSON.stringify(form))
    }
    const inUrl = await postForm(app, '/authorize-challenge?otp=123456', { ...code, ...pkce.challenge })
    t.match(inUrl.json(), { error: 'invalid_request' })
    const { auth_session } = (await ask({ ...code, ...alice })).json()
    t.match((await ask({ auth_session, ...createPkce().challenge })).json(), {
      error_description: 'code_challenge is not the one of the auth_session.'
    })
    t.match((await ask({ auth_session, passkey: '{' })).json(), { error: 'invalid_request' })
    t.match((await ask({ auth_session, username: 'bob', password })).json(), { error: 'invalid_grant' })
  })

  t.test('a confidential client may leave PKCE out, and then sends no verifier (RFC 9700 §2.1.1)', async t => {
    const { app, register } = await withAlice(t)
    const { headers } = await register('shop', true, ['authorization_code'])
    const bob = { username: 'bob', password, ...code }
    const ask = (form: Record<string, string>) => postForm(app, '/authorize-challenge', form, headers)
    const { authorization_code } = (await ask(bob)).json()
    const redeem = (form: Record<string, string>) =>
      postForm(app, '/token', { grant_type: 'authorization_code', code: authorization_code, ...form }, headers)
    t.match((await redeem({ code_verifier: 'x'.repeat(43) })).json(), { error: 'invalid_grant' })
    const tokens = (await redeem({})).json()
    t.match(tokens, { token_type: 'Bearer', scope: 'me' })
    t.notOk('refresh_token' in tokens, 'without the grant, no refresh token')
    t.equal((await postForm(app, '/authorize-challenge', { ...bob, client_id: String(headers) })).statusCode, 401)
  })
})

t.test('step-up of a login (RFC 9470 §4)', async t => {
  const stepUp = { acr_values: 'aal2' }

  t.test('a refresh that asks for more gets an auth session, whose code raises the same login', async t => {
    const { app, clock, ask, redeem, factor, me } = await withAlice(t)
    const former = await logIn(app, { username: 'bob' })
    t.ok(former)
    const tokens = (await postForm(app, '/token', { grant_type: 'password', ...alice, otp: factor.code() })).json()
    const { sid } = claimsOf(tokens.access_token)
    clock.advance(400)
    const refresh = (form: Record<string, string>) =>
      postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...form })
    const refused = await refresh({ max_age: '300' })
    t.equal(refused.statusCode, 403)
    t.match(refused.json(), {
      error: 'insufficient_authorization',
      error_description: 'This request needs a login that is at most 300 seconds old.',
      factors: ['password', 'otp', 'recovery_code']
    })
    const { auth_session } = refused.json()
    const { authorization_code } = (await ask({ auth_session, otp: factor.code() })).json()
    const raised = (await redeem(authorization_code)).json()
    const claims = claimsOf(raised.access_token)
    t.match(claims, { sid, acr: 'aal2', auth_time: Math.floor(clock.now().getTime() / 1000) })
    t.equal(await me(tokens.access_token), 200, 'the login goes on')
    const again = await postForm(app, '/token', {
      grant_type: 'refresh_token',
      refresh_token: raised.refresh_token,
      max_age: '300',
      ...stepUp
    })
    t.equal(again.statusCode, 200)
    t.match((await redeem(authorization_code)).json(), { error: 'invalid_grant' })
    t.equal(await me(raised.access_token), 401, 'a code that is used twice ends the login that it raised')
  })

  t.test('a login with a password shows the password again, and cannot become aal2', async t => {
    const { app, clock, ask, redeem } = await withAlice(t)
    const tokens = await logIn(app, { username: 'bob' })
    clock.advance(400)
    const refresh = (form: Record<string, string>) =>
      postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...form })
    const { auth_session } = (await refresh({ max_age: '300' })).json()
    t.match((await ask({ auth_session, password: 'wrong wrong wrong' })).json(), { error: 'invalid_grant' })
    t.match((await ask({ auth_session, username: 'alice', password })).json(), { error: 'invalid_grant' })
    const { authorization_code } = (await ask({ auth_session, password })).json()
    t.match(claimsOf((await redeem(authorization_code)).json().access_token), {
      acr: 'aal1',
      auth_time: Math.floor(clock.now().getTime() / 1000)
    })
    t.strictSame((await refresh(stepUp)).json(), {
      error: 'unmet_authentication_requirements',
      error_description: 'This account has no second factor. Enrol one first.'
    })
  })

  t.test('a refresh that asks for what the login has is a refresh', async t => {
    const { app, factor } = await withAlice(t)
    const tokens = (await postForm(app, '/token', { grant_type: 'password', ...alice, otp: factor.code() })).json()
    const answer = await postForm(app, '/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      acr_values: 'urn:other aal2',
      max_age: '0'
    })
    t.equal(answer.statusCode, 200)
  })

  t.test(
    'wrong codes of a step-up make no login of the owner wait, because a stolen token is enough for one',
    async t => {
      const { app, clock, ask, factor } = await withAlice(t, { limits: ['refresh=1000000'] })
      const logInOwner = () => postForm(app, '/token', { grant_type: 'password', ...alice, otp: factor.code() })
      const { refresh_token } = (await logInOwner()).json()
      clock.advance(60)
      const form = { grant_type: 'refresh_token', refresh_token, max_age: '1' }
      const { auth_session } = (await postForm(app, '/token', form)).json()
      const wrong = String((Number(factor.code()) + 1) % 1_000_000).padStart(6, '0')
      for (let n = 0; n < 10; n++) t.equal((await ask({ auth_session, otp: wrong })).statusCode, 400)
      t.equal((await ask({ auth_session, otp: wrong })).statusCode, 429)
      t.equal((await logInOwner()).statusCode, 200)
    }
  )

  t.test('a login that has ended is not raised', async t => {
    const { app, clock, ask, redeem, factor } = await withAlice(t)
    const tokens = (await postForm(app, '/token', { grant_type: 'password', ...alice, otp: factor.code() })).json()
    clock.advance(60)
    const refresh = async () =>
      (
        await postForm(app, '/token', {
          grant_type: 'refresh_token',
          refresh_token: tokens.refresh_token,
          max_age: '1'
        })
      ).json().auth_session
    const [one, two] = [await refresh(), await refresh()]
    const { authorization_code } = (await ask({ auth_session: one, otp: factor.code() })).json()
    await postForm(app, '/revoke', { token: tokens.refresh_token })
    t.match((await redeem(authorization_code)).json(), { error: 'invalid_grant' })
    t.match((await ask({ auth_session: two, otp: factor.code(-1) })).json(), { error: 'invalid_session' })
  })
})
