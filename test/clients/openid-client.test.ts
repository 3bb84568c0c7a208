import * as client from 'openid-client'
import t, { type Test } from 'tap'
import { createUser, password } from '../support/app.ts'
import { type CreationOptions, createAuthenticator, type RequestOptions } from '../support/authenticator.ts'
import { createConfidentialClient, startServer } from '../support/server.ts'

const insecure: client.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }
const login = { username: 'alice', password, scope: 'me' }

/** openid-client discovers the server (RFC 8414), as its own confidential client. */
async function discover(t: Test) {
  const server = await startServer(t)
  const alice = await createUser(server.app)
  const { id, secret } = await createConfidentialClient(server)
  const issuer = new URL(server.url)
  const post = await client.discovery(issuer, id, undefined, client.ClientSecretPost(secret), insecure)
  const basic = await client.discovery(issuer, id, undefined, client.ClientSecretBasic(secret), insecure)
  return { ...server, alice, id, secret, post, basic, me: new URL('/users/me', issuer) }
}

/** The details of a rejected call: the OAuth error code, its status and the class of the error. */
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    ({ error, status, name, constructor: { name: type } }) => ({ error, status, name, type })
  )

t.test('openid-client discovers the endpoints (RFC 8414 §3)', async t => {
  const { url, basic } = await discover(t)
  t.match(basic.serverMetadata(), {
    issuer: url,
    token_endpoint: `${url}/token`,
    authorization_challenge_endpoint: `${url}/authorize-challenge`,
    revocation_endpoint: `${url}/revoke`,
    introspection_endpoint: `${url}/introspect`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    grant_types_supported: [
      'password',
      'refresh_token',
      'client_credentials',
      'authorization_code',
      'urn:ietf:params:oauth:grant-type:token-exchange'
    ]
  })
})

t.test('openid-client refuses metadata of another issuer (RFC 8414 §3.3)', async t => {
  const { url } = await startServer(t, { issuer: 'http://127.0.0.1:9' })
  await t.rejects(client.discovery(new URL(url), 'any', undefined, client.None(), insecure), {
    code: 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'
  })
})

for (const method of ['basic', 'post'] as const) {
  t.test(`openid-client logs in, reads the account, refreshes and logs out with client_secret_${method}`, async t => {
    const { alice, id, url, me, ...configurations } = await discover(t)
    const config = configurations[method]

    const first = await client.genericGrantRequest(config, 'password', login)
    t.equal(first.token_type, 'bearer', 'openid-client lower-cases it')
    t.equal(first.expires_in, 600)
    t.equal(first.scope, 'me')
    t.ok(first.refresh_token)

    const answer = await client.fetchProtectedResource(config, first.access_token, me, 'GET')
    t.equal(answer.status, 200)
    t.match(await answer.json(), { id: alice.id, username: 'alice', scopes: ['me'] })

    const second = await client.refreshTokenGrant(config, String(first.refresh_token))
    t.equal(second.scope, 'me')
    t.not(second.access_token, first.access_token)
    t.not(second.refresh_token, first.refresh_token)

    const active = await client.tokenIntrospection(config, second.access_token)
    t.match(active, { active: true, scope: 'me', client_id: id, username: 'alice', sub: alice.id, iss: url })
    t.match(await client.tokenIntrospection(config, String(second.refresh_token)), {
      active: true,
      token_type: 'refresh_token'
    })

    await client.tokenRevocation(config, String(second.refresh_token))
    t.same(await client.tokenIntrospection(config, second.access_token), { active: false })
    t.match(await refusal(client.refreshTokenGrant(config, String(second.refresh_token))), {
      error: 'invalid_grant',
      status: 400
    })
    t.match(await refusal(client.fetchProtectedResource(config, second.access_token, me, 'GET')), {
      type: 'WWWAuthenticateChallengeError',
      status: 401
    })
  })
}

t.test('openid-client gets a client credentials token (RFC 6749 §4.4)', async t => {
  const { basic, id } = await discover(t)
  const tokens = await client.clientCredentialsGrant(basic, { scope: 'introspect' })
  t.equal(tokens.scope, 'introspect')
  t.equal(tokens.refresh_token, undefined, 'RFC 6749 §4.4.3')
  t.match(await client.tokenIntrospection(basic, tokens.access_token), { active: true, client_id: id, sub: id })
})

t.test('openid-client logs in as a registered public client, which sends its client_id only', async t => {
  const { url, app } = await discover(t)
  const registration = { name: 'phone', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] }
  const { client: phone } = await app.clientAdmin.create(registration)
  const config = await client.discovery(new URL(url), phone.id, undefined, client.None(), insecure)
  const first = await client.genericGrantRequest(config, 'password', login)
  const second = await client.refreshTokenGrant(config, String(first.refresh_token))
  t.equal(second.scope, 'me')
  await client.tokenRevocation(config, second.access_token)
  t.match(await refusal(client.refreshTokenGrant(config, String(second.refresh_token))), { error: 'invalid_grant' })
})

t.test(
  'openid-client, which always names a client, logs in as the first-party client with an empty client_id',
  async t => {
    const { url } = await discover(t)
    const nameless: client.ClientAuth = (_server, _client, body) => body.set('client_id', '')
    const config = await client.discovery(new URL(url), 'anything', undefined, nameless, insecure)
    const tokens = await client.genericGrantRequest(config, 'password', login)
    t.equal(tokens.scope, 'me')
  }
)

t.test('openid-client reports each refusal correctly (RFC 6749 §5.2)', async t => {
  const { url, id, basic } = await discover(t)
  const stranger = await client.discovery(new URL(url), id, undefined, client.ClientSecretBasic('wrong'), insecure)
  const type = 'ResponseBodyError'
  const scenarios = [
    {
      what: 'a wrong password',
      call: () => client.genericGrantRequest(basic, 'password', { ...login, password: 'wrong' }),
      expected: { type, error: 'invalid_grant', status: 400 }
    },
    {
      what: 'an unknown scope',
      call: () => client.genericGrantRequest(basic, 'password', { ...login, scope: 'unknown:has' }),
      expected: { type, error: 'invalid_scope', status: 400 }
    },
    {
      what: 'an unknown grant',
      call: () => client.genericGrantRequest(basic, 'urn:example:grant', login),
      expected: { type, error: 'unsupported_grant_type', status: 400 }
    },
    {
      what: 'no password',
      call: () => client.genericGrantRequest(basic, 'password', { username: 'alice' }),
      expected: { type, error: 'invalid_request', status: 400 }
    },
    {
      // A 401 with a challenge: openid-client looks at the challenge first.
      what: 'a wrong client secret',
      call: () => client.genericGrantRequest(stranger, 'password', login),
      expected: { type: 'WWWAuthenticateChallengeError', status: 401 }
    }
  ]
  for (const { what, call, expected } of scenarios) t.match(await refusal(call()), expected, what)
})

t.test(
  'openid-client logs in with a passkey (draft-ietf-oauth-first-party-apps §5), and exchanges the code',
  async t => {
    const origin = 'https://app.example.com'
    const { url, app } = await startServer(t, { rpId: 'example.com', rpOrigins: [origin] })
    const { id: sub } = await createUser(app)
    const grants = ['password', 'authorization_code', 'refresh_token']
    const registration = { name: 'phone', confidential: false, grants, scopes: ['me'] }
    const { client: phone } = await app.clientAdmin.create(registration)
    const config = await client.discovery(new URL(url), phone.id, undefined, client.None(), insecure)
    const me = (path: string) => new URL(`/users/me${path}`, url)

    const authenticator = createAuthenticator({ origin })
    const { access_token } = await client.genericGrantRequest(config, 'password', login)
    const options = await client.fetchProtectedResource(config, access_token, me('/passkeys/options'), 'POST')
    const response = authenticator.create((await options.json()) as CreationOptions)
    const body = JSON.stringify({ name: 'Phone', response })
    const headers = new Headers({ 'content-type': 'application/json' })
    const added = await client.fetchProtectedResource(config, access_token, me('/passkeys'), 'POST', body, headers)
    t.equal(added.status, 201)

    /** A request to the endpoint that openid-client does not know; its metadata has the URL. */
    async function challenge(form: Record<string, string>) {
      const endpoint = String(config.serverMetadata().authorization_challenge_endpoint)
      const sent = new URLSearchParams({ client_id: phone.id, ...form })
      return (await (await fetch(endpoint, { method: 'POST', body: sent })).json()) as {
        auth_session: string
        passkey: RequestOptions
        authorization_code: string
      }
    }
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const code_challenge = await client.calculatePKCECodeChallenge(pkceCodeVerifier)
    const asked = { response_type: 'code', scope: 'me', code_challenge, code_challenge_method: 'S256' }
    const { auth_session, passkey } = await challenge(asked)
    const used = JSON.stringify(authenticator.get(passkey))
    const { authorization_code } = await challenge({ auth_session, passkey: used })

    // openid-client reads the code from the URL of a redirect, which there is not.
    const redirect = new URL(`${origin}/?code=${authorization_code}`)
    const tokens = await client.authorizationCodeGrant(config, redirect, { pkceCodeVerifier })
    t.equal(tokens.scope, 'me')
    const answer = await client.fetchProtectedResource(config, tokens.access_token, me(''), 'GET')
    t.match(await answer.json(), { id: sub, username: 'alice' })
    t.equal((await client.refreshTokenGrant(config, String(tokens.refresh_token))).scope, 'me')
    t.match(await refusal(client.authorizationCodeGrant(config, redirect, { pkceCodeVerifier })), {
      error: 'invalid_grant'
    })
  }
)
