import type { FastifyInstance } from 'fastify'
import { decodeJwt } from 'jose'
import { type Test, test } from 'tap'
import { tokenExchangeGrant } from '../../../src/auth/clients/clients.ts'
import { idTokenType } from '../../../src/auth/grants/id-token.ts'
import { callWith } from '../../support/administrator.ts'
import { createApp, createUser, createVerifiedUser, logIn, metricOf, postForm, withMetrics } from '../../support/app.ts'
import { createAuthenticator } from '../../support/authenticator.ts'
import { createProofSigner, postProved } from '../../support/dpop.ts'
import { createIdentityWorld } from '../../support/identities.ts'
import { assertOAuthErrors } from '../../support/oauth-error.ts'
import { createPkce } from '../../support/pkce.ts'
import { authenticatorApp, enrol } from '../../support/second-factor.ts'
import { select } from '../../support/select.ts'

/** The world with alice, who has a password, an authenticator app and the account elsewhere `alice`. */
async function withFactor(t: Test) {
  const world = await createIdentityWorld(t)
  const { app, clock, idToken } = world
  const { id } = await createUser(app, 'alice', ['me', 'orders:read'])
  const factor = await enrol({ app, clock })
  const call = callWith(app, factor.tokens.access_token)
  const { id: identity } = (await call('POST', '/users/me/identities', { id_token: idToken() })).json()
  const { challenge, code_verifier } = createPkce()
  return {
    ...world,
    id,
    identity,
    factor,
    call,
    step: (form: Record<string, string>) =>
      postForm(app, '/authorize-challenge', { response_type: 'code', ...challenge, ...form }),
    redeem: async (code: string) =>
      (await postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier })).json()
  }
}

/** Uses up the 50 refusals that are free for one prefix, of which the test has had one. */
async function failOften(app: FastifyInstance) {
  const event = app.auditEvents.event('login.failed', { ip: '127.0.0.1' })
  for (let n = 1; n < 50; n++) await app.throttle.failure('identity', '127.0.0.1', event).catch(() => {})
}

test('An ID token begins a login of the account that it is linked to, with a refresh token and the method fed', async t => {
  const { app, exchangeFor, events } = await createIdentityWorld(t)
  const [first, second] = [await exchangeFor(), await exchangeFor()]
  const answer = second.json()
  t.matchOnly(answer, {
    access_token: String,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 600,
    refresh_token: String,
    refresh_token_timeout: Number,
    authorization_expires_in: Number,
    scope: 'me'
  })
  t.equal(second.headers['cache-control'], 'no-store')
  const claims = decodeJwt(answer.access_token)
  t.match(claims, { sub: decodeJwt(first.json().access_token).sub, amr: ['fed'], acr: 'aal1', auth_time: Number })
  t.match(await events('login.succeeded'), [{}, { detail: { amr: 'fed' }, subject: claims.sub }])
  const refresh = { grant_type: 'refresh_token', refresh_token: answer.refresh_token }
  t.equal((await postForm(app, '/token', { ...refresh, max_age: '600' })).statusCode, 200)
})

test('An ID token begins one login, on whichever node, and none beside a link', async t => {
  const { app, config, idToken, exchangeFor, logInFrom, events } = await createIdentityWorld(t)
  const { app: other } = await createApp(t, config)
  const ofOwner = callWith(app, (await logInFrom()).access_token)
  for (const sub of ['alice', 'new']) {
    const token = idToken({ sub })
    const answers = await Promise.all([app, other, app, other].map(node => exchangeFor(token, {}, node)))
    t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 400, 400, 400], sub)
    t.match(answers.find(({ statusCode }) => statusCode === 400)?.json(), {
      error: 'invalid_request',
      error_description: 'The ID token was already used. Get a new one from the issuer.'
    })
    t.equal((await ofOwner('POST', '/users/me/identities', { id_token: token })).statusCode, 400)
  }
  t.equal((await events('login.succeeded')).length, 3)
  for (const { detail } of await events('login.failed')) t.equal(detail.reason, 'used id token')
  const linked = idToken({ sub: 'linked' })
  t.equal((await ofOwner('POST', '/users/me/identities', { id_token: linked })).statusCode, 201)
  t.equal((await exchangeFor(linked)).statusCode, 400)
})

test('Of two concurrent challenges for a second factor after one ID token, one succeeds', async t => {
  const { app, config, exchangeFor, idToken } = await withFactor(t)
  const { app: other } = await createApp(t, config)
  const token = idToken()
  const answers = await Promise.all([app, other].map(node => exchangeFor(token, {}, node)))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [400, 403])
})

test('An ID token makes no account again once its account is deleted, unless the token is new', async t => {
  const { app, idToken, exchangeFor, logInFrom } = await createIdentityWorld(t)
  const token = idToken({ email: 'alice@example.com' })
  const { access_token } = (await exchangeFor(token)).json()
  const { id } = await app.userAdmin.byIdOrName('alice')
  t.equal((await callWith(app, access_token)('DELETE', '/users/me', {})).statusCode, 204)
  t.strictSame(await app.identities.list({ id }), [])
  t.equal((await exchangeFor(token)).statusCode, 400)
  t.notOk(await app.db.users.byUsername('alice'))
  t.not(decodeJwt((await logInFrom({ email: 'alice@example.com' })).access_token).sub, id)
})

test('An ID token is spent by the challenge for a second factor, after which the login has two', async t => {
  const { exchangeFor, factor, step, redeem, events, call, identity, id, idToken } = await withFactor(t)
  const token = idToken()
  const answer = await exchangeFor(token, { scope: 'orders:read' })
  const factors = ['otp', 'recovery_code']
  t.match([answer.statusCode, answer.json()], [403, { error: 'insufficient_authorization', factors }])
  t.equal(answer.json().access_token, undefined)
  t.match(await events('login.challenged'), [{ subject: id }])
  const { auth_session } = answer.json()
  t.equal((await exchangeFor(token)).statusCode, 400, 'the challenge has spent the token')
  const wrong = await step({ auth_session, otp: '000000' })
  t.equal(wrong.json().error, 'insufficient_authorization')
  t.equal((await exchangeFor(token)).statusCode, 400, 'also after a wrong code')
  const again = wrong.json().auth_session
  const { authorization_code } = (await step({ auth_session: again, otp: factor.code() })).json()
  const tokens = await redeem(authorization_code)
  t.equal(tokens.scope, 'orders:read')
  t.match(decodeJwt(tokens.access_token), { amr: ['fed', 'otp', 'mfa'], acr: 'aal2', sub: id })

  const another = (await exchangeFor()).json().auth_session
  const after = (await step({ auth_session: another, otp: '000000' })).json().auth_session
  t.equal((await call('DELETE', `/users/me/identities/${identity}`)).statusCode, 204)
  for (const late of [another, after]) {
    const { error } = (await step({ auth_session: late, recovery_code: String(factor.recoveryCodes[0]) })).json()
    t.equal(error, 'invalid_session', 'the account elsewhere was unlinked since')
  }
})

test('A login with an ID token is bound to the key of its proof before the second factor too (RFC 9449 §5)', async t => {
  const { app, idToken, step, factor } = await withFactor(t)
  const signer = createProofSigner()
  const form = { grant_type: tokenExchangeGrant, subject_token: idToken(), subject_token_type: idTokenType }
  const { auth_session } = (await postProved(app, signer, '/token', form)).json()
  t.equal((await step({ auth_session, otp: factor.code() })).json().error, 'invalid_session', 'without the key')
})

test('An ID token begins a login with the code of the second factor in the same request', async t => {
  const { exchangeFor, factor, idToken, events, id } = await withFactor(t)
  const token = idToken({ auth_time: 1 })
  const wrong = await exchangeFor(token, { otp: '000000' })
  t.match(
    [wrong.statusCode, wrong.json()],
    [403, { error: 'insufficient_authorization', error_description: 'The code is wrong, expired or was already used.' }]
  )
  t.match(await events('login.failed'), [{ subject: id, detail: { reason: 'code' } }])
  const code = { recovery_code: String(factor.recoveryCodes[0]) }
  t.equal((await exchangeFor(token, code)).statusCode, 400, 'the wrong code has spent the token')
  t.match((await exchangeFor({}, { ...code, otp: '000000' })).json(), { error: 'invalid_request' })
  const { access_token } = (await exchangeFor({ auth_time: 1 }, code)).json()
  const { iat, ...claims } = decodeJwt(access_token)
  t.match(claims, { amr: ['fed', 'otp', 'mfa'], acr: 'aal2', auth_time: iat }, 'the code is the last method')
  t.equal((await exchangeFor({}, code)).statusCode, 403, 'the code works once')
})

test('A login with an ID token is as recent as its auth_time, and never in the future', async t => {
  const { clock, logInFrom } = await createIdentityWorld(t)
  const now = Math.floor(clock.now().getTime() / 1000)
  for (const [auth_time, expected] of [
    [now - 86_400, now - 86_400],
    [-1e308, 0],
    [now + 3600, now],
    [undefined, now]
  ])
    t.equal(decodeJwt((await logInFrom({ auth_time })).access_token).auth_time, expected, String(auth_time))
})

test('A code that was issued before the account elsewhere was unlinked begins no login', async t => {
  const { exchangeFor, factor, step, redeem, call, identity } = await withFactor(t)
  const { auth_session } = (await exchangeFor()).json()
  const { authorization_code } = (await step({ auth_session, otp: factor.code() })).json()
  t.equal((await call('DELETE', `/users/me/identities/${identity}`)).statusCode, 204)
  t.match(await redeem(authorization_code), { error: 'invalid_grant', access_token: undefined })
})

test('A security key that does not verify its user is a second factor after an ID token', async t => {
  const { app, idToken, exchangeFor } = await createIdentityWorld(t, { rpId: 'example.com' })
  await createUser(app)
  const call = callWith(app, (await logIn(app)).access_token)
  t.equal((await call('POST', '/users/me/identities', { id_token: idToken() })).statusCode, 201)
  const key = createAuthenticator()
  const options = (await call('POST', '/users/me/passkeys/options', {})).json()
  const response = key.create(options, { isUserVerified: false })
  t.equal((await call('POST', '/users/me/passkeys', { name: 'Key', response })).statusCode, 201)
  const { auth_session, passkey } = (await exchangeFor()).json()
  t.equal(passkey.userVerification, 'preferred')
  const { challenge, code_verifier } = createPkce()
  const used = JSON.stringify(key.get(passkey, { isUserVerified: false }))
  const stepped = await postForm(app, '/authorize-challenge', { auth_session, passkey: used, ...challenge })
  const form = { grant_type: 'authorization_code', code: stepped.json().authorization_code, code_verifier }
  const { access_token } = (await postForm(app, '/token', form)).json()
  t.match(decodeJwt(access_token), { amr: ['fed', 'hwk', 'mfa'], acr: 'aal2' })
})

test('An account that needs two factors enrols one after an ID token, and logs in with both', async t => {
  const { app, clock, exchangeFor, logInFrom } = await createIdentityWorld(t, {
    secondFactor: 'required',
    accessTokenTtl: 3600
  })
  const { access_token, scope } = await logInFrom()
  t.equal(scope, 'factors')
  const call = callWith(app, access_token)
  t.equal((await call('GET', '/users/me')).statusCode, 401)
  const { id, secret } = (await call('POST', '/users/me/factors', { type: 'totp' })).json()
  const code = authenticatorApp(secret).code(clock.now())
  clock.advance(601)
  t.equal((await exchangeFor()).json().scope, 'factors', 'as long as no factor is confirmed')
  clock.advance(-601)
  t.equal((await call('POST', `/users/me/factors/${id}/confirm`, { code })).statusCode, 200)
  clock.advance(60)
  const { auth_session } = (await exchangeFor()).json()
  const { challenge, code_verifier } = createPkce()
  const otp = authenticatorApp(secret).code(clock.now())
  const stepped = await postForm(app, '/authorize-challenge', { auth_session, otp, ...challenge })
  const form = { grant_type: 'authorization_code', code: stepped.json().authorization_code, code_verifier }
  const tokens = (await postForm(app, '/token', form)).json()
  t.match(decodeJwt(tokens.access_token), { acr: 'aal2', scope: 'me' })
})

test('A login with an ID token is recent, and has one factor until the account has another', async t => {
  const { app, clock, logInFrom } = await createIdentityWorld(t)
  const { refresh_token } = await logInFrom()
  const refresh = (form: Record<string, string>) =>
    postForm(app, '/token', { grant_type: 'refresh_token', refresh_token, ...form })
  assertOAuthErrors(t, [
    ['two factors', await refresh({ acr_values: 'aal2' }), 400, 'unmet_authentication_requirements']
  ])
  clock.advance(601)
  const asked = await refresh({ max_age: '600' })
  t.match([asked.statusCode, asked.json().factors], [403, ['password', 'otp', 'recovery_code']])
  const { access_token } = await logInFrom()
  const call = callWith(app, access_token)
  t.equal((await call('PATCH', '/users/me', { email: 'alice@example.com' })).statusCode, 200)
})

test('An ID token begins a login for a scope that the account, the client and the resource have', async t => {
  const resource = 'https://orders.example.com'
  const { app, exchangeFor, events } = await createIdentityWorld(t, {
    defaultScopes: ['me', 'orders:read'],
    resources: [`${resource} orders:read`]
  })
  const { client } = await app.clientAdmin.create({
    name: 'shop',
    confidential: false,
    grants: ['urn:ietf:params:oauth:grant-type:token-exchange'],
    scopes: ['orders:read']
  })
  const ofClient = { client_id: client.id }
  t.match((await exchangeFor({}, ofClient)).json(), { scope: 'orders:read', refresh_token: undefined })
  const { access_token } = (await exchangeFor({}, { resource })).json()
  t.match(decodeJwt(access_token), { aud: resource, scope: 'orders:read' })
  assertOAuthErrors(t, [
    ['a scope of others', await exchangeFor({}, { scope: 'users:write' }), 400, 'invalid_scope'],
    ['an unknown resource', await exchangeFor({}, { resource: 'https://x.example' }), 400, 'invalid_target'],
    ['an actor', await exchangeFor({}, { actor_token: 'x' }), 400, 'invalid_request']
  ])
  t.match(await events('login.failed'), [{ detail: { reason: 'scope' } }])
  await app.clientAdmin.update(client.id, { grants: ['password'] }, {})
  assertOAuthErrors(t, [['without the grant', await exchangeFor({}, ofClient), 400, 'unauthorized_client']])
  await app.clientAdmin.update(client.id, { disabled: true }, {})
  t.equal((await exchangeFor({}, ofClient)).statusCode, 401)
})

test('An ID token makes no account for a scope that it would not have', async t => {
  const { app, exchangeFor, events } = await createIdentityWorld(t)
  for (const scope of ['users:write', 'orders:read'])
    assertOAuthErrors(t, [[scope, await exchangeFor({ email: 'alice@example.com' }, { scope }), 400, 'invalid_scope']])
  t.notOk(await app.db.users.byUsername('alice'))
  t.match(await events('login.failed'), [{ subject: null, detail: { reason: 'scope' } }, {}])
  await failOften(app)
  t.equal((await exchangeFor({}, { scope: 'users:write' })).statusCode, 429, 'refusals are counted')
})

test('An ID token is spent by a refusal too, but not by a fault of the server', async t => {
  const { app, exchangeFor, logInFrom, idToken, events } = await createIdentityWorld(t)
  const { sub } = decodeJwt((await logInFrom()).access_token)
  const again = async (token: string) => (await exchangeFor(token)).json().error_description
  const used = 'The ID token was already used. Get a new one from the issuer.'
  for (const claims of [{}, { sub: 'of no account' }]) {
    const token = idToken(claims)
    t.equal((await exchangeFor(token, { scope: 'users:write' })).json().error, 'invalid_scope')
    t.equal(await again(token), used, 'after a scope that is refused')
  }
  const token = idToken()
  for (const disabled of [true, false]) {
    await app.userAdmin.update(String(sub), { disabled }, {})
    t.equal(await again(token), disabled ? 'This account is disabled.' : used)
  }
  t.match((await events('login.failed')).slice(-2), [{ subject: sub, detail: { reason: 'disabled' } }, {}])
  const { startLogin } = app.sessions
  const later = idToken()
  Object.assign(app.sessions, { startLogin: () => Promise.reject(new Error('the database is away')) })
  t.equal((await exchangeFor(later)).statusCode, 500)
  Object.assign(app.sessions, { startLogin })
  t.equal((await exchangeFor(later)).statusCode, 200)
})

test('An ID token is spent by a code that has to wait', async t => {
  const { app, id, exchangeFor, idToken, factor } = await withFactor(t)
  for (let n = 0; n < 10; n++) await app.throttle.code({ counter: id })
  const token = idToken()
  t.equal((await exchangeFor(token, { otp: factor.code() })).statusCode, 429)
  t.match((await exchangeFor(token)).json(), { error_description: /^The ID token was already used/ })
})

test('An ID token begins no login when the claims of an embedding app fail', async t => {
  const fail = () => {
    throw new Error('no claims')
  }
  const { exchangeFor, events } = await createIdentityWorld(t, {}, { claims: fail })
  t.equal((await exchangeFor()).statusCode, 500)
  t.match(await events('login.failed'), [{ detail: { reason: 'claims' } }])
  t.strictSame(await events('login.succeeded'), [])
})

test('An ID token begins a login though the account changes at the same time, but not if it always does', async t => {
  const { app, exchangeFor, logInFrom, events } = await createIdentityWorld(t)
  const { sub } = decodeJwt((await logInFrom()).access_token)
  const { startLogin } = app.sessions
  let changes = 1
  Object.assign(app.sessions, {
    startLogin: async (...login: Parameters<typeof startLogin>) => (changes-- > 0 ? undefined : startLogin(...login))
  })
  t.equal((await exchangeFor()).statusCode, 200)
  changes = 2
  t.equal((await exchangeFor()).json().error_description, 'The account has changed. Log in again.')
  t.match(await events('login.failed'), [{ subject: sub, detail: { reason: 'changed meanwhile' } }])
  Object.assign(app.sessions, { startLogin: () => Promise.reject(new Error('the database is away')) })
  t.equal((await exchangeFor()).statusCode, 500)
  t.match((await events('login.failed'))[1], { subject: sub, detail: { reason: 'unavailable' } })
})

test('An ID token begins no login of an account from which it is unlinked at the same time', async t => {
  const { app, exchangeFor, logInFrom } = await createIdentityWorld(t)
  const { sub } = decodeJwt((await logInFrom()).access_token)
  const user = await app.userAdmin.byId(String(sub))
  const [identity] = await app.identities.list(user)
  const { find } = app.identities
  let isLinked = true
  Object.assign(app.identities, {
    find: async (...about: Parameters<typeof find>) => {
      const found = await find(...about)
      if (isLinked) await app.identities.unlink(user, String(identity?.id), {})
      isLinked = false
      return found
    }
  })
  const { access_token } = (await exchangeFor()).json()
  t.not(decodeJwt(access_token).sub, sub, 'the second try makes a new account')
})

test('A refused ID token is counted and recorded only if its signature is right', async t => {
  const { app, config, provider, exchangeFor, events } = await createIdentityWorld(t, withMetrics)
  const old = provider.idToken({ iat: 1, exp: 2 })
  const forged = `${provider.idToken().slice(0, -8)}AAAAAAAA`
  const counters = async () => (await select(config.databaseUrl, 'SELECT count(*) AS n FROM throttle'))[0]?.n
  const before = await counters()
  for (const token of [forged, 'x']) t.equal((await exchangeFor(token)).statusCode, 400)
  t.equal(await counters(), before)
  t.strictSame(await events('login.failed'), [])
  t.equal((await exchangeFor(old)).statusCode, 400)
  t.match(await events('login.failed'), [{ subject: null, clientId: 'first-party', detail: { reason: 'id token' } }])
  await failOften(app)
  const recorded = (await events('login.failed')).length
  t.equal((await exchangeFor(old)).statusCode, 429)
  t.equal((await events('login.failed')).length, recorded)
  t.match(await metricOf(app, 'sallyport_logins_total'), /reason="id token"\} 1$/m)
  t.equal((await exchangeFor()).statusCode, 200, 'what is right does not wait')
})

test('ID tokens begin as many logins as the limit of logins allows', async t => {
  const { exchangeFor } = await createIdentityWorld(t, { limits: ['login=3'] })
  const statuses = []
  for (let n = 0; n < 4; n++) statuses.push((await exchangeFor()).statusCode)
  t.strictSame(statuses, [200, 200, 200, 429])
})

test('Without IDENTITY_PROVIDERS there is no login with an ID token', async t => {
  const { app } = await createApp(t)
  await createVerifiedUser(app)
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    subject_token: 'x'
  }
  assertOAuthErrors(t, [['the built-in client', await postForm(app, '/token', form), 400, 'unauthorized_client']])
  const { client } = await app.clientAdmin.create({
    name: 'scripts',
    confidential: false,
    grants: [form.grant_type],
    scopes: ['me']
  })
  const answer = await postForm(app, '/token', { ...form, client_id: client.id })
  t.equal(answer.json().error_description, 'subject_token_type must be urn:sallyport:token-type:personal-access-token.')
  const { access_token } = await logIn(app)
  const linked = await callWith(app, access_token)('POST', '/users/me/identities', { id_token: 'x' })
  t.equal(linked.statusCode, 400)
})
