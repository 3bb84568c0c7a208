import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { bearer, createUser, logIn } from '../support/app.ts'
import { startIdentityProvider } from '../support/identity-provider.ts'
import { exchangeGrant } from '../support/personal-tokens.ts'
import { startServer } from '../support/server.ts'
import { libraries, names, refusal } from './libraries.ts'

const accessToken = 'urn:ietf:params:oauth:token-type:access_token'
const idTokenType = 'urn:ietf:params:oauth:token-type:id_token'
const personalToken = 'urn:sallyport:token-type:personal-access-token'

/** A server with alice, who has a scope of an API, and the library as a confidential client. */
async function discover(t: Test, library: keyof typeof libraries, settings: Partial<Config> = {}) {
  const server = await startServer(t, settings)
  const alice = await createUser(server.app, 'alice', ['me', 'reports:read'])
  const { client, secret } = await server.app.clientAdmin.create({
    name: 'reports',
    confidential: true,
    grants: [exchangeGrant, 'refresh_token', 'client_credentials'],
    scopes: ['me', 'reports:read', 'introspect']
  })
  const { id } = client
  const use = await libraries[library]({ url: server.url, id, secret: String(secret), method: 'client_secret_basic' })
  return { ...server, ...use, alice, id, exchange: (form: Record<string, string>) => use.grant(exchangeGrant, form) }
}

for (const library of names) {
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
