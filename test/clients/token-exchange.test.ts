import { decodeJwt } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import t, { type Test } from 'tap'
import { bearer, createUser, logIn } from '../support/app.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'
import { startServer } from '../support/server.ts'

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'
const idTokenType = 'urn:ietf:params:oauth:token-type:id_token'
const personalToken = 'urn:sallyport:token-type:personal-access-token'

/**
 * The functions of a library for one client of the server. Each rejects with an error that has `error` and `status`.
 */
interface Library {
  exchange(form: Record<string, string>): Promise<object & { access_token: string; refresh_token?: string | undefined }>
  refresh(token: string): Promise<{ access_token: string }>
  introspect(token: string): Promise<{ active: boolean }>
}

interface Server {
  url: string
  id: string
  secret: string
}

const libraries: Record<string, (server: Server) => Promise<Library>> = {
  async 'openid-client'({ url, id, secret }) {
    const options: openid.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] }
    const config = await openid.discovery(new URL(url), id, undefined, openid.ClientSecretBasic(secret), options)
    return {
      exchange: form => openid.genericGrantRequest(config, grant, form),
      refresh: token => openid.refreshTokenGrant(config, token),
      introspect: token => openid.tokenIntrospection(config, token)
    }
  },
  async oauth4webapi({ url, id, secret }) {
    const insecure = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(url)
    const found = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' })
    const as = await oauth.processDiscoveryResponse(issuer, found)
    const client: oauth.Client = { client_id: id }
    const auth = oauth.ClientSecretBasic(secret)
    return {
      async exchange(form) {
        const answer = await oauth.genericTokenEndpointRequest(as, client, auth, grant, form, insecure)
        return await oauth.processGenericTokenEndpointResponse(as, client, answer)
      },
      async refresh(token) {
        const answer = await oauth.refreshTokenGrantRequest(as, client, auth, token, insecure)
        return await oauth.processRefreshTokenResponse(as, client, answer)
      },
      async introspect(token) {
        const answer = await oauth.introspectionRequest(as, client, auth, token, insecure)
        return await oauth.processIntrospectionResponse(as, client, answer)
      }
    }
  }
}

/** A server with alice, who has a scope of an API, and the library as a confidential client. */
async function discover(t: Test, library: string, settings = {}) {
  const server = await startServer(t, settings)
  const alice = await createUser(server.app, 'alice', ['me', 'reports:read'])
  const { client, secret } = await server.app.clientAdmin.create({
    name: 'reports',
    confidential: true,
    grants: [grant, 'refresh_token', 'client_credentials'],
    scopes: ['me', 'reports:read', 'introspect']
  })
  const use = libraries[library] as (typeof libraries)[string]
  return { ...server, alice, id: client.id, ...(await use({ url: server.url, id: client.id, secret: String(secret) })) }
}

/** The error of the response that a call was refused with. */
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'no refusal',
    ({ error, status }) => ({ error, status })
  )

for (const library of Object.keys(libraries)) {
  t.test(`${library} exchanges a personal access token with its generic grant (RFC 8693 §2)`, async t => {
    const { url, app, alice, id, exchange, introspect } = await discover(t, library)
    const { access_token } = await logIn(app)
    const tokens = `${url}/users/me/tokens`
    const headers = { ...bearer(access_token), 'content-type': 'application/json' }
    const made = await fetch(tokens, { method: 'POST', headers, body: JSON.stringify({ name: 'nightly report' }) })
    const { id: tokenId, token } = (await made.json()) as { id: string; token: string }

    const form = { subject_token: token, subject_token_type: personalToken }
    const exchanged = await exchange({ ...form, scope: 'reports:read' })
    t.match(exchanged, { token_type: 'bearer', expires_in: 600, scope: 'reports:read', issued_token_type: accessToken })
    t.equal(exchanged.refresh_token, undefined)
    t.match(decodeJwt(exchanged.access_token), { sub: alice.id, client_id: id, scope: 'reports:read' })
    t.match(await introspect(exchanged.access_token), { active: true, sub: alice.id, scope: 'reports:read' })
    t.match(await introspect(token), { active: true, sub: alice.id }, 'and the token itself')

    t.match(await refusal(exchange({ ...form, scope: 'me' })), { error: 'invalid_scope', status: 400 })
    t.match(await refusal(exchange({ ...form, audience: url })), { error: 'invalid_target', status: 400 })
    const acting = { actor_token: access_token, actor_token_type: accessToken }
    t.match(await refusal(exchange({ ...form, ...acting })), { error: 'invalid_request', status: 400 })
    const foreign = { subject_token: access_token, subject_token_type: accessToken }
    t.match(await refusal(exchange(foreign)), { error: 'invalid_request', status: 400 })

    const deleted = await fetch(`${tokens}/${tokenId}`, { method: 'DELETE', headers: bearer(access_token) })
    t.equal(deleted.status, 204)
    t.match(await refusal(exchange(form)), { error: 'invalid_request', status: 400 })
    for (const gone of [exchanged.access_token, token]) t.same(await introspect(gone), { active: false })
  })
  t.test(`${library} logs in with an ID token, refreshes, and is refused the second time (RFC 8693 §2)`, async t => {
    const provider = await startIdentityProvider(t)
    const { url, id, exchange, refresh, introspect } = await discover(t, library, {
      identityProviders: [provider.setting]
    })
    const nonce = 'a nonce of the app'
    const idToken = provider.idToken({ sub: 'bob', email: 'bob@example.com', nonce })
    const form = { subject_token: idToken, subject_token_type: idTokenType, nonce, scope: 'me' }

    t.match(await refusal(exchange({ ...form, nonce: 'another' })), { error: 'invalid_request', status: 400 })
    const login = await exchange(form)
    t.match(login, { token_type: 'bearer', expires_in: 600, scope: 'me', issued_token_type: accessToken })
    t.match(decodeJwt(login.access_token), { iss: url, client_id: id, amr: ['fed'], acr: 'aal1' })
    const refreshed = await refresh(String(login.refresh_token))
    t.match(await introspect(refreshed.access_token), { active: true, username: 'bob', client_id: id })
    t.match(await refusal(exchange(form)), { error: 'invalid_request', status: 400 })
  })
}
