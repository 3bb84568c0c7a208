import t, { type Test } from 'tap'
import { basic, createApp, createUser, password, postForm } from '../support/app.ts'
import { wrongPassword } from '../support/guess.ts'
import { assertOAuthErrors } from '../support/oauth-error.ts'

const credentials = { grant_type: 'password', username: 'alice', password }

async function withAlice(t: Test) {
  const { app } = await createApp(t, {})
  await createUser(app)
  const post = (form: Record<string, string> | string, headers: Record<string, string> = {}) =>
    postForm(app, '/token', form, headers)
  return { app, post }
}

t.test('POST /token issues tokens that must not be cached (RFC 6749 §5.1)', async t => {
  const { app, post } = await withAlice(t)
  const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/
  const grants = ['client_credentials']
  const { client, secret } = await app.clientAdmin.create({
    name: 'jobs',
    confidential: true,
    grants,
    scopes: ['me']
  })

  const login = await post(credentials)
  const refresh = await post({ grant_type: 'refresh_token', refresh_token: login.json().refresh_token })
  for (const answer of [login, refresh]) {
    const { access_token, refresh_token, ...rest } = answer.json()
    t.match([access_token, refresh_token], [jwt, /^[\w.-]{40,}$/])
    const expirations = { refresh_token_timeout: 1_209_600, authorization_expires_in: 7_776_000 }
    t.strictSame(rest, { token_type: 'Bearer', expires_in: 600, ...expirations, scope: 'me' })
  }
  const own = await post({ grant_type: 'client_credentials' }, basic(client.id, String(secret)))
  const { access_token, ...rest } = own.json()
  t.match(access_token, jwt)
  t.strictSame(rest, { token_type: 'Bearer', expires_in: 600, scope: 'me' }, 'without a refresh token (§4.4.3)')

  for (const { statusCode, headers } of [login, refresh, own]) {
    t.equal(statusCode, 200)
    t.match(headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  }
})

t.test('POST /token answers invalid requests with errors of RFC 6749 §5.2', async t => {
  const { app, post } = await withAlice(t)
  const noClient = await post({ ...credentials, client_id: 'c_unknown' })
  const get = await app.inject('/token')
  assertOAuthErrors(t, [
    ['no grant', await post({}), 400, 'invalid_request'],
    ['no password', await post({ grant_type: 'password', username: 'alice' }), 400, 'invalid_request'],
    ['another grant', await post({ grant_type: 'implicit' }), 400, 'unsupported_grant_type'],
    ['a grant that the client lacks', await post({ grant_type: 'client_credentials' }), 400, 'unauthorized_client'],
    ['a wrong password', await post({ ...credentials, password: wrongPassword }), 400, 'invalid_grant'],
    ['a wrong token', await post({ grant_type: 'refresh_token', refresh_token: 'x' }), 400, 'invalid_grant'],
    ['a scope that alice lacks', await post({ ...credentials, scope: 'audit:read' }), 400, 'invalid_scope'],
    ['a parameter twice', await post('grant_type=password&grant_type=password'), 400, 'invalid_request'],
    ['JSON', await post('{}', { 'content-type': 'application/json' }), 400, 'invalid_request'],
    ['an unknown client', noClient, 401, 'invalid_client'],
    ['more than 16 KiB', await post({ ...credentials, scope: 'x'.repeat(16_384) }), 413, 'invalid_request'],
    ['another method', get, 405, 'invalid_request']
  ])
  t.equal(noClient.headers['www-authenticate'], 'Basic realm="sallyport", charset="UTF-8"')
  t.equal(get.headers.allow, 'POST')
})

t.test('The refusal of a grant says to name a client, where none is named (RFC 6749 §5.2)', async t => {
  const { app, post } = await withAlice(t)
  const grant_type = 'client_credentials'
  const { client } = await app.clientAdmin.create({
    name: 'web',
    confidential: false,
    grants: ['password'],
    scopes: ['me']
  })
  const registered = await post({ grant_type, client_id: client.id })
  t.equal(registered.json().error_description, `This client may not use grant_type=${grant_type}.`)
  const said = `The built-in client may not use grant_type=${grant_type}: send the client_id of a registered client.`
  for (const form of [{ grant_type }, { grant_type, client_id: 'first-party' }])
    t.equal((await post(form)).json().error_description, said)
})
