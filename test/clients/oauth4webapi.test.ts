import * as oauth from 'oauth4webapi'
import t, { type Test } from 'tap'
import { signingAlgs } from '../../src/auth/keys/jwk.ts'
import { createUser, password } from '../support/app.ts'
import { createConfidentialClient, startServer } from '../support/server.ts'

const insecure = { [oauth.allowInsecureRequests]: true }
const login = { username: 'alice', password, scope: 'me' }

/** A server with alice, and its metadata as parsed by oauth4webapi (RFC 8414). */
async function discover(t: Test) {
  const server = await startServer(t)
  const alice = await createUser(server.app)
  const { id, secret } = await createConfidentialClient(server)
  const issuer = new URL(server.url)
  const found = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
  const as = await oauth.processDiscoveryResponse(issuer, found)
  const client: oauth.Client = { client_id: id }

  return {
    ...server,
    alice,
    as,
    client,
    id,
    basic: oauth.ClientSecretBasic(secret),
    post: oauth.ClientSecretPost(secret),
    async logIn(auth: oauth.ClientAuth, form: Record<string, string> = login, grant = 'password') {
      const answer = await oauth.genericTokenEndpointRequest(as, client, auth, grant, form, insecure)
      return await oauth.processGenericTokenEndpointResponse(as, client, answer)
    },
    async refresh(auth: oauth.ClientAuth, token: string | undefined) {
      const answer = await oauth.refreshTokenGrantRequest(as, client, auth, String(token), insecure)
      return await oauth.processRefreshTokenResponse(as, client, answer)
    },
    async introspect(auth: oauth.ClientAuth, token: string) {
      const answer = await oauth.introspectionRequest(as, client, auth, token, insecure)
      return await oauth.processIntrospectionResponse(as, client, answer)
    },
    async revoke(auth: oauth.ClientAuth, token: string | undefined) {
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, String(token), insecure))
    },
    /** The request that a service receives from a client with this token. */
    request: (token: string) =>
      new Request('https://api.example.com/', { headers: { authorization: `Bearer ${token}` } }),
    me: (token: string) =>
      oauth.protectedResourceRequest(token, 'GET', new URL(`${server.url}/users/me`), undefined, null, insecure)
  }
}

/** The error that a promise rejects with. */
const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => new Error('nothing was refused'),
    (error: Error) => error
  )

t.test('oauth4webapi accepts the metadata for the issuer (RFC 8414 §3.3)', async t => {
  const { as, url } = await discover(t)
  t.match(as, {
    issuer: url,
    token_endpoint: `${url}/token`,
    authorization_challenge_endpoint: `${url}/authorize-challenge`,
    revocation_endpoint: `${url}/revoke`,
    introspection_endpoint: `${url}/introspect`,
    jwks_uri: `${url}/.well-known/jwks.json`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256']
  })
  t.notOk('authorization_endpoint' in as, 'codes come from the challenge endpoint')
})

for (const method of ['basic', 'post'] as const) {
  t.test(`oauth4webapi logs in, reads the account, refreshes and logs out with client_secret_${method}`, async t => {
    const { logIn, refresh, introspect, revoke, me, request, as, alice, id, url, ...auths } = await discover(t)
    const auth = auths[method]

    const first = await logIn(auth)
    t.match(first, { token_type: 'bearer', expires_in: 600, scope: 'me' })
    const answer = await me(first.access_token)
    t.equal(answer.status, 200)
    t.match(await answer.json(), { id: alice.id, username: 'alice' })

    const second = await refresh(auth, first.refresh_token)
    t.match(second, { token_type: 'bearer', expires_in: 600, scope: 'me' })
    t.not(second.refresh_token, first.refresh_token)
    const claims = { client_id: id, sub: alice.id, iss: url, scope: 'me' }
    t.match(await introspect(auth, second.access_token), { active: true, username: 'alice', ...claims })
    t.match(await oauth.validateJwtAccessToken(as, request(second.access_token), url, insecure), {
      aud: url,
      ...claims
    })

    await revoke(auth, second.refresh_token)
    t.same(await introspect(auth, second.access_token), { active: false })
    const refused = await errorOf(refresh(auth, second.refresh_token))
    t.ok(refused instanceof oauth.ResponseBodyError)
    t.match(refused, { error: 'invalid_grant', status: 400, code: 'OAUTH_RESPONSE_BODY_ERROR' })

    const challenged = await errorOf(me(second.access_token))
    t.ok(challenged instanceof oauth.WWWAuthenticateChallengeError)
    t.match(challenged, {
      status: 401,
      cause: [{ scheme: 'bearer', parameters: { realm: 'sallyport', error: 'invalid_token' } }]
    })
  })
}

for (const signingAlg of signingAlgs) {
  t.test(`oauth4webapi validates ${signingAlg} access tokens (RFC 9068 §4)`, async t => {
    const { app, url } = await startServer(t, { signingAlg })
    const alice = await createUser(app)
    const issuer = new URL(url)
    const found = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
    const as = await oauth.processDiscoveryResponse(issuer, found)
    const form = new URLSearchParams({ grant_type: 'password', ...login })
    const answer = await fetch(String(as.token_endpoint), { method: 'POST', body: form })
    const { access_token } = (await answer.json()) as { access_token: string }
    const validate = (token: string, audience = url) => {
      const request = new Request('https://api.example.com/', { headers: { authorization: `Bearer ${token}` } })
      return oauth.validateJwtAccessToken(as, request, audience, { ...insecure, signingAlgorithms: [signingAlg] })
    }
    t.match(await validate(access_token), { sub: alice.id, client_id: 'first-party', scope: 'me', iss: url, aud: url })
    await t.rejects(validate(access_token, 'https://other.example'), { code: 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' })
    const [header, payload] = access_token.split('.')
    await t.rejects(validate(`${header}.${payload}.${'A'.repeat(86)}`))
  })
}

t.test('oauth4webapi distinguishes a client challenge from a refused request (RFC 6749 §5.2)', async t => {
  const { logIn, introspect, basic, post, me } = await discover(t)
  const { access_token } = await logIn(basic)
  const wrong = oauth.ClientSecretBasic('wrong')
  const both: oauth.ClientAuth = async (...given) => {
    await basic(...given)
    await post(...given)
  }
  const scenarios = [
    { what: 'a wrong password', call: () => logIn(basic, { ...login, password: 'wrong' }), error: 'invalid_grant' },
    { what: 'an unknown scope', call: () => logIn(basic, { ...login, scope: 'no' }), error: 'invalid_scope' },
    { what: 'no password', call: () => logIn(basic, { username: 'alice' }), error: 'invalid_request' },
    { what: 'an unknown grant', call: () => logIn(basic, login, 'urn:x'), error: 'unsupported_grant_type' },
    { what: 'two ways to authenticate', call: () => logIn(both), error: 'invalid_request' },
    { what: 'introspection by a client without a secret', call: () => introspect(oauth.None(), access_token) },
    { what: 'a wrong secret at /token', call: () => logIn(wrong) },
    { what: 'a wrong secret at /introspect', call: () => introspect(wrong, access_token) }
  ]
  for (const { what, call, error } of scenarios) {
    const refused = await errorOf(call())
    if (error) {
      t.ok(refused instanceof oauth.ResponseBodyError, what)
      t.match(refused, { error, status: 400, cause: { error } }, what)
    } else {
      t.ok(refused instanceof oauth.WWWAuthenticateChallengeError, what)
      t.match(refused, { status: 401, cause: [{ scheme: 'basic', parameters: { realm: 'sallyport' } }] }, what)
    }
  }
  t.match(await errorOf(me('not-a-token')), {
    status: 401,
    cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }]
  })
})
