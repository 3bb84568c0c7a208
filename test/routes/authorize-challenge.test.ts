import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { basic, bearer, createApp, createUser, password, postForm } from '../support/app.ts'
import { createPkce } from '../support/pkce.ts'
import { enrol } from '../support/second-factor.ts'

const code = { response_type: 'code' }
const alice = { username: 'alice', password }

/** A fresh app on which alice has an authenticator app, and bob has none. */
async function withAlice(t: Test, settings: Partial<Config> = {}) {
  const world = await createApp(t, settings)
  const { app } = world
  for (const name of ['alice', 'bob']) await createUser(app, name)
  const factor = await enrol(world)
  const pkce = createPkce()
  const ask = (form: Record<string, string>, headers = {}) =>
    postForm(app, '/authorize-challenge', { ...pkce.challenge, ...form }, headers)
  const begin = (form: Record<string, string> = alice) => ask({ ...code, ...form })
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
  return { ...world, factor, pkce, ask, begin, redeem, register, me }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString())

t.test('A login begins without anything, and continues with the auth session', async t => {
  const { begin, ask, redeem, factor } = await withAlice(t)
  const first = await begin({})
  t.equal(first.statusCode, 403)
  const { auth_session, ...rest } = first.json()
  t.strictSame(rest, {
    error: 'insufficient_authorization',
    error_description: 'Send one of the factors.',
    auth_session_expires_in: 600,
    factors: ['password']
  })
  const second = await ask({ auth_session, ...alice })
  t.match(second.json(), { error: 'insufficient_authorization', factors: ['otp', 'recovery_code'] })
  const done = await ask({ auth_session: second.json().auth_session, otp: factor.code() })
  const tokens = (await redeem(done.json().authorization_code)).json()
  t.match(claimsOf(tokens.access_token), { acr: 'aal2', amr: ['pwd', 'otp', 'mfa'], scope: 'me' })
})

t.test('The second use of a code ends its login, and is recorded (RFC 6749 §4.1.2)', async t => {
  const { app, begin, redeem, me } = await withAlice(t)
  const { authorization_code } = (await begin({ username: 'bob', password })).json()
  const tokens = (await redeem(authorization_code)).json()
  t.equal(await me(tokens.access_token), 200)
  t.match((await redeem(authorization_code)).json(), { error: 'invalid_grant' })
  t.equal(await me(tokens.access_token), 401)
  t.match((await app.audit.page({ limit: 1 })).items, [{ action: 'code.reuse_detected' }])
})

t.test('The parameters of the request are checked first', async t => {
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
  const answers = []
  for (const [form] of scenarios) answers.push((await ask(form)).json())
  t.strictSame(
    answers,
    scenarios.map(([, error, error_description]) => ({ error, error_description }))
  )
  const inUrl = await postForm(app, '/authorize-challenge?otp=123456', { ...code, ...pkce.challenge })
  t.match(inUrl.json(), { error: 'invalid_request' })
  const { auth_session } = (await ask({ ...code, ...alice })).json()
  t.match((await ask({ auth_session, ...createPkce().challenge })).json(), {
    error_description: 'code_challenge is not the one of the auth_session.'
  })
  t.match((await ask({ auth_session, passkey: '{' })).json(), { error: 'invalid_request' })
  t.match((await ask({ auth_session, username: 'bob', password })).json(), { error: 'invalid_grant' })
})

t.test('step-up of a login (RFC 9470 §4)', async t => {
  t.test('A refresh that asks for more gets an auth session, whose code raises the same login', async t => {
    const { app, clock, ask, redeem, factor, me } = await withAlice(t)
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
    t.match((await redeem(authorization_code)).json(), { error: 'invalid_grant' })
    t.equal(await me(raised.access_token), 401, 'a code that is used twice ends the login that it raised')
  })

  t.test(
    'Wrong codes of a step-up make no login of the owner wait, because a stolen token is enough for one',
    async t => {
      const { app, clock, ask, factor } = await withAlice(t, { limits: ['refresh=1000000'] })
      const logInOwner = () => postForm(app, '/token', { grant_type: 'password', ...alice, otp: factor.code() })
      const { refresh_token } = (await logInOwner()).json()
      clock.advance(60)
      const form = { grant_type: 'refresh_token', refresh_token, max_age: '1' }
      const { auth_session } = (await postForm(app, '/token', form)).json()
      const wrong = String((Number(factor.code()) + 1) % 1_000_000).padStart(6, '0')
      for (let n = 0; n < 10; n++) t.equal((await ask({ auth_session, otp: wrong })).statusCode, 403)
      t.equal((await ask({ auth_session, otp: wrong })).statusCode, 429)
      t.equal((await logInOwner()).statusCode, 200)
    }
  )
})
