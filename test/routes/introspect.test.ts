import t from 'tap'
import { invalidToken, lacksScope, malformedHeader } from '../../src/wire/token-refusals.ts'
import { basic, bearer, createApp, createUser, logIn, postForm } from '../support/app.ts'
import { assertOAuthErrors } from '../support/oauth-error.ts'

t.test('POST /introspect refuses unauthorized callers and invalid requests (RFC 7662 §2.3)', async t => {
  const { app } = await createApp(t)
  await createUser(app)
  const { access_token: token } = await logIn(app)
  const registration = { name: 'api', confidential: true, grants: ['client_credentials'], scopes: ['introspect', 'me'] }
  const { client, secret } = await app.clientAdmin.create(registration)
  const credentials = basic(client.id, String(secret))
  const post = (form: Record<string, string> | string, headers: Record<string, string> = credentials) =>
    postForm(app, '/introspect', form, headers)
  const noCaller = await post({ token }, {})
  const noScope = await post({ token }, bearer(token))
  const malformed = await post({ token }, { authorization: 'Bearer a b' })
  const wrong = await post({ token }, bearer('x'))
  const get = await app.inject('/introspect')
  assertOAuthErrors(t, [
    ['no token', await post({}), 400, 'invalid_request'],
    ['a parameter twice', await post('token=x&token=x'), 400, 'invalid_request'],
    ['JSON', await post('{}', { ...credentials, 'content-type': 'application/json' }), 400, 'invalid_request'],
    ['a malformed header', malformed, 400, 'invalid_request'],
    ['no caller', noCaller, 401, 'invalid_client'],
    ['a wrong access token', wrong, 401, 'invalid_token'],
    ['an access token without the scope', noScope, 403, 'insufficient_scope'],
    ['more than 16 KiB', await post({ token: 'x'.repeat(16_384) }), 413, 'invalid_request'],
    ['another method', get, 405, 'invalid_request']
  ])
  t.same(
    [malformed, wrong, noScope].map(answer => answer.json().error_description),
    [malformedHeader('Bearer'), invalidToken, lacksScope('introspect')]
  )
  t.match(malformed.headers['www-authenticate'], /^Bearer realm="sallyport", error="invalid_request"/)
  t.match(noCaller.headers['www-authenticate'], /^Basic realm="sallyport"/)
  t.match(noScope.headers['www-authenticate'], /^Bearer .*error="insufficient_scope".* scope="introspect"/)
  t.equal(get.headers.allow, 'POST')
})
