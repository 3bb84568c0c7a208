import t, { type Test } from 'tap'
import { basic, bearer, createApp, createUser, logIn, postForm } from '../support/app.ts'
import { assertOAuthErrors } from '../support/oauth-error.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Tokens of alice, and a confidential client that may ask about them. */
async function withClient(t: Test) {
  const { app, clock } = await createApp(t, {})
  const alice = await createUser(app)
  const grants = ['client_credentials']
  const { client, secret } = await app.clientAdmin.create({
    name: 'api',
    confidential: true,
    grants,
    scopes: ['introspect', 'me']
  })
  const credentials = basic(client.id, String(secret))
  const post = (form: Record<string, string> | string, headers: Record<string, string> = credentials) =>
    postForm(app, '/introspect', form, headers)
  return { app, clock, alice, tokens: await logIn(app), post, credentials }
}

t.test('POST /introspect describes an active token (RFC 7662 §2.2)', async t => {
  const { clock, alice, tokens, post } = await withClient(t)
  const now = clock.now().getTime() / 1000
  const both = { active: true, scope: 'me', client_id: 'first-party', username: 'alice', sub: alice.id, sid: uuid }
  const access = await post({ token: tokens.access_token })
  const [iss, aud] = ['https://auth.example.com', 'https://auth.example.com']
  const times = { iat: now, exp: now + 600 }
  t.matchOnly(access.json(), {
    ...both,
    ...times,
    token_type: 'Bearer',
    preferred_username: 'alice',
    acr: 'aal1',
    amr: ['pwd'],
    auth_time: now,
    iss,
    aud,
    jti: String
  })
  const refresh = await post({ token: tokens.refresh_token, token_type_hint: 'refresh_token' })
  t.match(refresh.json(), { ...both, token_type: 'refresh_token', exp: Number })
  for (const { statusCode, headers } of [access, refresh]) {
    t.equal(statusCode, 200)
    t.match(headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  }
})

t.test('POST /introspect answers only {"active":false} for any other token (RFC 7662 §2.2)', async t => {
  const { clock, tokens, post } = await withClient(t)
  t.strictSame((await post({ token: 'unknown' })).json(), { active: false })
  clock.advance(600)
  t.strictSame((await post({ token: tokens.access_token })).json(), { active: false })
})

t.test('POST /introspect refuses unauthorized callers and invalid requests (RFC 7662 §2.3)', async t => {
  const { app, tokens, post, credentials } = await withClient(t)
  const { access_token: token } = tokens
  const noCaller = await post({ token }, {})
  const noScope = await post({ token }, bearer(token))
  const get = await app.inject('/introspect')
  assertOAuthErrors(t, [
    ['no token', await post({}), 400, 'invalid_request'],
    ['a parameter twice', await post('token=x&token=x'), 400, 'invalid_request'],
    ['JSON', await post('{}', { ...credentials, 'content-type': 'application/json' }), 400, 'invalid_request'],
    ['a malformed header', await post({ token }, { authorization: 'Bearer a b' }), 400, 'invalid_request'],
    ['no caller', noCaller, 401, 'invalid_client'],
    ['a wrong access token', await post({ token }, bearer('x')), 401, 'invalid_token'],
    ['an access token without the scope', noScope, 403, 'insufficient_scope'],
    ['more than 16 KiB', await post({ token: 'x'.repeat(16_384) }), 413, 'invalid_request'],
    ['another method', get, 405, 'invalid_request']
  ])
  t.match(noCaller.headers['www-authenticate'], /^Basic realm="sallyport"/)
  t.match(noScope.headers['www-authenticate'], /^Bearer .*error="insufficient_scope".* scope="introspect"/)
  t.equal(get.headers.allow, 'POST')
})
