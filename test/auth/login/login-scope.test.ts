import Fastify from 'fastify'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { enrolAudience } from '../../../src/auth/scopes.ts'
import type { Config } from '../../../src/config/config.ts'
import { sallyport } from '../../../src/index.ts'
import verifier from '../../../src/verifier.ts'
import { bearer, createApp, createUser, logIn, password, postForm, testConfig } from '../../support/app.ts'
import { createPkce } from '../../support/pkce.ts'
import { startServer } from '../../support/server.ts'

/** An app with alice, who may write orders, and a public client that may too. */
async function createWorld(t: Test, settings: Partial<Config> = {}) {
  const world = await createApp(t, settings)
  const { app } = world
  const alice = await createUser(app, 'alice', ['me', 'orders:write', 'users:read'])
  const grants = ['password', 'refresh_token', 'authorization_code']
  const scopes = ['me', 'orders:write', 'users:read']
  const { client } = await app.clientAdmin.create({ name: 'shop', confidential: false, grants, scopes })
  const { challenge, code_verifier } = createPkce()
  const of = { client_id: client.id }

  const refresh = async (refresh_token: string, form: Record<string, string> = {}) =>
    (await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token, ...of, ...form })).json()
  const show = async (form: Record<string, string>) =>
    (await postForm(app, '/authorize-challenge', { ...challenge, ...of, ...form })).json()
  const redeem = async (code: string) =>
    (await postForm(app, '/token', { grant_type: 'authorization_code', code, code_verifier, ...of })).json()

  return {
    ...world,
    alice,
    client,
    refresh,
    show,
    redeem,
    logInToShop: (form: Record<string, string> = {}) => logIn(app, { ...of, ...form }),
    /** A step-up of the login of `refresh_token`, with the scope that is asked for. */
    async stepUp(refresh_token: string, form: Record<string, string> = {}) {
      world.clock.advance(1)
      const { auth_session } = await refresh(refresh_token, { max_age: '0', ...form })
      return redeem((await show({ auth_session, password })).authorization_code)
    },
    ofUser: (...names: string[]) => app.userAdmin.update(alice.id, { scopes: names }, {}),
    ofClient: (...names: string[]) => app.clientAdmin.update(client.id, { scopes: names }, {})
  }
}

t.test('A code gives no scope that was lost, or gained, since it was issued', async t => {
  const { show, redeem, ofUser, ofClient } = await createWorld(t)
  const begin = async (form: Record<string, string> = {}) =>
    String((await show({ response_type: 'code', username: 'alice', password, ...form })).authorization_code)
  const [lost, gained, narrowed, none] = [
    await begin({ scope: 'me orders:write' }),
    await begin({ scope: 'me' }),
    await begin(),
    await begin({ scope: 'orders:write' })
  ]
  await ofUser('me')
  t.match(await redeem(lost), { scope: 'me' })
  t.match(await redeem(none), { error: 'invalid_scope' })
  await ofUser('me', 'orders:write', 'audit:read')
  t.match(await redeem(gained), { scope: 'me' })
  await ofClient('orders:write')
  t.match(await redeem(narrowed), { scope: 'orders:write' })
})

t.test('The scope that a refresh asks for survives the step-up (RFC 6749 §6)', async t => {
  const { logInToShop, stepUp, refresh } = await createWorld(t)
  const { refresh_token } = await logInToShop()
  const raised = await stepUp(refresh_token, { scope: 'me' })
  t.equal(raised.scope, 'me')
  t.match(await refresh(raised.refresh_token), { scope: 'me orders:write users:read' }, 'the login keeps the rest')
  t.match(await refresh(raised.refresh_token, { max_age: '0', scope: 'audit:read' }), { error: 'invalid_scope' })
})

t.test("A token loses what its client has lost at Sallyport's own endpoints and introspection", async t => {
  const { app, logInToShop, ofClient, client } = await createWorld(t)
  const { access_token, refresh_token } = await logInToShop()
  const users = () => app.inject({ url: '/users', headers: bearer(access_token) })
  t.equal((await users()).statusCode, 200)
  await ofClient('me')
  t.equal((await users()).statusCode, 403)
  const own = await createUser(app, 'root', ['introspect'])
  t.ok(own)
  const root = await logIn(app, { username: 'root' })
  for (const token of [access_token, refresh_token]) {
    const answer = await postForm(app, '/introspect', { token }, bearer(root.access_token))
    t.match(answer.json(), { active: true, scope: 'me', client_id: client.id })
  }
})

t.test('A new password gives tokens with the scopes that are left', async t => {
  const { app, logInToShop, ofClient, ofUser } = await createWorld(t)
  const { access_token } = await logInToShop()
  await ofUser('me', 'orders:write')
  await ofClient('me', 'users:read')
  const payload = { current_password: password, new_password: 'purple monkey dishwasher lamp' }
  const answer = await app.inject({
    method: 'PUT',
    url: '/users/me/password',
    headers: bearer(access_token),
    payload
  })
  t.match(answer.json(), { scope: 'me' })
})

t.test('A token that can only enrol is for that alone', async t => {
  const { app, url } = await startServer(t, { secondFactor: 'required', audience: 'https://api.example.com' })
  await createUser(app, 'alice', ['me', 'orders:write'])
  const { access_token, scope, ...rest } = await logIn(app)
  t.strictSame([scope, 'refresh_token' in rest], ['factors', false])
  t.equal(decodeJwt(access_token).aud, enrolAudience)
  for (const form of [{ resource: url }, { scope: 'me' }, { resource: url, scope: 'orders:write' }])
    t.equal(decodeJwt((await logIn(app, form)).access_token).aud, enrolAudience, JSON.stringify(form))

  const api = Fastify()
  t.teardown(() => api.close())
  const audiences = { '/own': url, '/api': 'https://api.example.com' }
  for (const [path, audience] of Object.entries(audiences))
    await api.register(async inner => {
      await inner.register(verifier, { issuer: url, audience })
      inner.get(path, { onRequest: inner.requireScope() }, async () => 'open')
    })
  for (const path of Object.keys(audiences)) {
    const answer = await api.inject({ url: path, headers: bearer(access_token) })
    t.match(answer.headers['www-authenticate'], 'invalid_token', `the verifier at ${path}`)
  }
  for (const path of ['/verify', '/verify?scope=factors', '/users/me', '/users/me/sessions', '/users/me/activity'])
    t.equal((await app.inject({ url: path, headers: bearer(access_token) })).statusCode, 401, path)
  t.equal((await postForm(app, '/introspect', { token: access_token }, bearer(access_token))).statusCode, 401)
  t.equal((await app.inject({ url: '/users/me/factors', headers: bearer(access_token) })).statusCode, 200)
})

t.test('A token that can only enrol opens no route of an app with an embedded Sallyport', async t => {
  const host = Fastify()
  t.teardown(() => host.close())
  const { insecure, ...settings } = testConfig({ secondFactor: 'required' })
  t.ok(insecure)
  const { databaseUrl, secret, bcryptCost } = settings
  await host.register(sallyport, { databaseUrl, secret, bcryptCost, secondFactor: 'required', prefix: '/auth' })
  host.get('/orders', { onRequest: host.authenticate() }, async () => 'open')
  await host.ready()
  await host.sallyport.createUser({ username: 'alice', password })
  const answer = await postForm(host, '/auth/token', { grant_type: 'password', username: 'alice', password })
  const { access_token } = answer.json() as { access_token: string }
  t.equal((await host.inject({ url: '/orders', headers: bearer(access_token) })).statusCode, 401)
  t.equal(await host.sallyport.authenticate(access_token), undefined)
  t.equal((await host.inject({ url: '/auth/users/me/factors', headers: bearer(access_token) })).statusCode, 200)
})
