import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import t from 'tap'
import { signingAlgs } from '../../src/auth/keys/jwk.ts'
import { createUser, createVerifiedUser, logIn, password } from '../support/app.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import { startServer } from '../support/server.ts'
import { discover, libraries, names, pkce, refusal } from './libraries.ts'

/** An account without a second factor. */
const login = { username: 'bob', password, scope: 'me' }

for (const name of names) {
  t.test(`${name} accepts the metadata of the server, and refuses those of another issuer (RFC 8414 §3.3)`, async t => {
    const { metadata, url } = await discover(t, name)
    t.match(metadata, {
      issuer: url,
      token_endpoint: `${url}/token`,
      authorization_challenge_endpoint: `${url}/authorize-challenge`,
      revocation_endpoint: `${url}/revoke`,
      introspection_endpoint: `${url}/introspect`,
      jwks_uri: `${url}/.well-known/jwks.json`
    })
    t.notOk('authorization_endpoint' in metadata, 'codes come from the challenge endpoint')
    const other = await startServer(t, { issuer: 'http://127.0.0.1:9' })
    await t.rejects(libraries[name]({ url: other.url, id: 'any', secret: 'any', method: 'none' }), {
      code: 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'
    })
  })

  for (const method of ['client_secret_basic', 'client_secret_post', 'none'] as const)
    t.test(`${name} logs in, reads the account, refreshes and logs out with the method ${method}`, async t => {
      const { app, client, url, grant, refresh, introspect, revoke, get } = await discover(t, name, method)
      const bob = await createVerifiedUser(app, 'bob')
      const first = await grant('password', login)
      t.match(first, { token_type: 'bearer', expires_in: 600, scope: 'me' })
      t.match(await (await get(first.access_token)).json(), { id: bob.id, username: 'bob' })
      const second = await refresh(first.refresh_token)
      t.match(second, { token_type: 'bearer', expires_in: 600, scope: 'me' })
      t.not(second.refresh_token, first.refresh_token)
      if (method === 'none') t.match(await refusal(introspect(second.access_token)), { status: 401, scheme: 'basic' })
      else {
        const claims = { client_id: client.id, sub: bob.id, iss: url, scope: 'me' }
        t.match(await introspect(second.access_token), { active: true, username: 'bob', ...claims })
        t.match(await introspect(String(second.refresh_token)), { active: true, token_type: 'refresh_token' })
      }

      await revoke(second.refresh_token)
      if (method !== 'none') t.same(await introspect(second.access_token), { active: false })
      t.match(await refusal(refresh(second.refresh_token)), { error: 'invalid_grant', status: 400 })
      t.match(await refusal(get(second.access_token)), { status: 401, scheme: 'bearer', error: 'invalid_token' })
    })

  t.test(`${name} gets a token of its own with the client credentials grant (RFC 6749 §4.4)`, async t => {
    const { client, grant, introspect } = await discover(t, name)
    const { id } = client
    const tokens = await grant('client_credentials', { scope: 'introspect' })
    t.equal(tokens.scope, 'introspect')
    t.equal(tokens.refresh_token, undefined, 'RFC 6749 §4.4.3')
    t.match(await introspect(tokens.access_token), { active: true, client_id: id, sub: id })
  })

  t.test(`${name} distinguishes a challenge from a refused request (RFC 6749 §5.2)`, async t => {
    const { app, client, grant, get } = await discover(t, name)
    await createVerifiedUser(app, 'bob')
    const stranger = await libraries[name]({ ...client, secret: 'wrong' })
    const challenged = { status: 401, scheme: 'basic', realm: 'sallyport' }
    for (const [what, call, expected] of [
      [
        'a wrong password',
        () => grant('password', { ...login, password: 'wrong' }),
        { error: 'invalid_grant', status: 400 }
      ],
      [
        'an unknown scope',
        () => grant('password', { ...login, scope: 'unknown:has' }),
        { error: 'invalid_scope', status: 400 }
      ],
      ['an unknown grant', () => grant('urn:example:grant', login), { error: 'unsupported_grant_type', status: 400 }],
      ['no password', () => grant('password', { username: 'bob' }), { error: 'invalid_request', status: 400 }],
      ['a wrong secret at /token', () => stranger.grant('password', login), challenged],
      ['a wrong secret at /introspect', () => stranger.introspect('x'), challenged],
      ['an invalid token', () => get('not-a-token'), { status: 401, scheme: 'bearer', error: 'invalid_token' }]
    ] as const)
      t.match(await refusal(call()), expected, what)
  })
}

for (const signingAlg of signingAlgs) {
  t.test(`oauth4webapi validates ${signingAlg} access tokens (RFC 9068 §4)`, async t => {
    const { app, url } = await startServer(t, { signingAlg })
    const alice = await createUser(app)
    const { metadata } = await libraries.oauth4webapi({ url, id: 'any', secret: 'any', method: 'none' })
    const { access_token } = await logIn(app)
    const validate = (token: string, audience = url) => {
      const request = new Request('https://api.example.com/', { headers: { authorization: `Bearer ${token}` } })
      const options = { [oauth.allowInsecureRequests]: true, signingAlgorithms: [signingAlg] }
      return oauth.validateJwtAccessToken(metadata, request, audience, options)
    }
    t.match(await validate(access_token), { sub: alice.id, client_id: 'first-party', scope: 'me', iss: url, aud: url })
    await t.rejects(validate(access_token, 'https://other.example'), { code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' })
    const [header, payload] = access_token.split('.')
    await t.rejects(validate(`${header}.${payload}.${'A'.repeat(86)}`))
  })
}

const insecure: openid.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] }

t.test('openid-client, which always names a client, is the first-party client with an empty client_id', async t => {
  const { url, app } = await startServer(t)
  await createVerifiedUser(app, 'bob')
  const nameless: openid.ClientAuth = (_server, _client, body) => body.set('client_id', '')
  const config = await openid.discovery(new URL(url), 'anything', undefined, nameless, insecure)
  t.equal((await openid.genericGrantRequest(config, 'password', login)).scope, 'me')
})

t.test('openid-client exchanges the code of a passkey (draft-ietf-oauth-first-party-apps §5)', async t => {
  const origin = 'https://app.example.com'
  const settings = { rpId: 'example.com', rpOrigins: [origin] }
  const { app, grant, refresh, redeem, get, step, url } = await discover(t, 'openid-client', 'none', settings)
  const { id } = await createVerifiedUser(app, 'bob')
  const authenticator = createAuthenticator({ origin })
  const { access_token } = await grant('password', login)
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }
  const passkeys = `${url}/users/me/passkeys`
  const options = await (await fetch(`${passkeys}/options`, { method: 'POST', headers, body: '{}' })).json()
  const body = JSON.stringify({ name: 'Phone', response: authenticator.create(options as never) })
  t.equal((await fetch(passkeys, { method: 'POST', headers, body })).status, 201)

  const { verifier, challenge } = await pkce()
  const { auth_session, passkey } = await step({ response_type: 'code', scope: 'me', ...challenge })
  const used = JSON.stringify(authenticator.get(passkey as never))
  const { authorization_code: code } = await step({ auth_session, passkey: used })
  const tokens = await redeem(code, verifier)
  t.match(await (await get(tokens.access_token)).json(), { id, username: 'bob' })
  t.equal((await refresh(tokens.refresh_token)).scope, 'me')
  t.match(await refusal(redeem(code, verifier)), { error: 'invalid_grant' })
})
