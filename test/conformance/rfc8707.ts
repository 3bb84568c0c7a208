import { decodeJwt } from 'jose'
import { basic, bearer } from '../support/app.ts'
import { decision, excluded, must, type Standard, should } from './scenarios.ts'
import { assertRefused, assertTokens, passwordForm } from './world.ts'

const [orders, bills] = ['https://api.example.com/orders', 'urn:bills'] as const
const scopes = ['me', 'users:write', 'orders:read', 'orders:write', 'bills:pay']
const settings = {
  issuer: 'https://auth.example.com',
  resources: [`${orders} orders:read orders:write`, `${bills} bills:pay`],
  defaultScopes: scopes
}
const all = { scope: scopes.join(' ') }

export const rfc8707: Standard = {
  name: 'RFC 8707',
  title: 'Resource Indicators for OAuth 2.0',
  date: 'February 2020',
  table: 'rfc8707',
  settings,
  scenarios: [
    must(
      '§2',
      'an unknown or malformed resource is invalid_target, with every grant, before the password is checked',
      async ({ logIn, refresh, tokens, token, confidential }, t) => {
        const { refresh_token } = await tokens()
        const { headers } = await confidential()
        for (const resource of [
          'https://api.example.com',
          `${orders}/`,
          `${orders}#x`,
          'orders',
          'https://x.example'
        ]) {
          assertRefused(t, await logIn({ resource }), 'invalid_target')
          assertRefused(t, await logIn({ resource, password: 'wrong' }), 'invalid_target')
          assertRefused(t, await refresh(refresh_token, { resource }), 'invalid_target')
          assertRefused(t, await token({ grant_type: 'client_credentials', resource }, headers), 'invalid_target')
        }
        assertTokens(t, await refresh(refresh_token))
      }
    ),
    decision(
      '§2',
      'a request that names several resources is invalid_target, since a token has one',
      async ({ token }, t) => {
        const form = `${new URLSearchParams(passwordForm)}&resource=${encodeURIComponent(orders)}&resource=${bills}`
        assertRefused(t, await token(form), 'invalid_target')
      }
    ),
    should(
      '§2.2',
      'the aud of the access token is the resource alone, and its scope what the resource knows',
      async ({ app, alice, logIn }, t) => {
        await app.userAdmin.update(alice.id, { scopes }, {})
        const answer = await logIn({ ...all, resource: orders })
        assertTokens(t, answer, { scope: 'orders:read orders:write' })
        t.match(decodeJwt(answer.body.access_token), { aud: orders, scope: 'orders:read orders:write' })
        const issuer = await logIn({ ...all, resource: settings.issuer })
        t.match(decodeJwt(issuer.body.access_token), { aud: settings.issuer, scope: 'me users:write' })
        assertRefused(t, await logIn({ scope: 'me', resource: orders }), 'invalid_scope')
      }
    ),
    must(
      '§2.2',
      'a refresh gets a token for another resource of the same grant, and never more than the grant',
      async ({ app, alice, logIn, refresh }, t) => {
        await app.userAdmin.update(alice.id, { scopes }, {})
        const first = await logIn({ scope: 'me orders:read bills:pay', resource: orders })
        assertTokens(t, first, { scope: 'orders:read' })
        const second = await refresh(first.body.refresh_token, { resource: bills })
        assertTokens(t, second, { scope: 'bills:pay' })
        t.equal(decodeJwt(second.body.access_token).aud, bills)
        const third = await refresh(second.body.refresh_token)
        assertTokens(t, third, { scope: 'me orders:read bills:pay' })
        t.equal(decodeJwt(third.body.access_token).aud, settings.issuer)
        const asked = { scope: 'orders:write', resource: orders }
        assertRefused(t, await refresh(third.body.refresh_token, asked), 'invalid_scope')
        const narrow = await logIn({ scope: 'me', resource: settings.issuer })
        assertRefused(t, await refresh(narrow.body.refresh_token, { resource: orders }), 'invalid_scope')
      }
    ),
    must(
      '§2',
      'the endpoints of the server refuse a token for another resource, also one with their scope',
      {
        settings: { resources: [...settings.resources, 'urn:twin me users:read users:write introspect'] }
      },
      async ({ app, alice, logIn, send, post }, t) => {
        await app.userAdmin.update(alice.id, { scopes: ['me', 'users:read', 'users:write', 'introspect'] }, {})
        const everything = { scope: 'me users:read users:write introspect' }
        const { access_token: own } = (await logIn(everything)).body
        const { access_token: other } = (await logIn({ ...everything, resource: 'urn:twin' })).body
        for (const path of ['/users/me', '/users/me/sessions', '/users', '/verify']) {
          t.equal((await send('GET', path, bearer(own))).status, path === '/verify' ? 204 : 200, path)
          const refused = await send('GET', path, bearer(other))
          t.equal(refused.status, 401, path)
          t.match(refused.headers['www-authenticate'], /error="invalid_token".*is not for https:\/\/auth\.example\.com/)
        }
        t.equal((await send('GET', '/verify?resource=urn:twin', bearer(other))).status, 204)
        t.equal((await send('GET', '/verify?resource=urn:twin', bearer(own))).status, 401)
        t.equal((await post('/introspect', { token: own }, bearer(own))).status, 200)
        t.equal((await post('/introspect', { token: own }, bearer(other))).status, 401)
      }
    ),
    decision(
      '§2.2',
      'introspection tells the aud, and a token for any resource can be introspected and revoked',
      async ({ app, alice, tokens, post, confidential }, t) => {
        await app.userAdmin.update(alice.id, { scopes }, {})
        const { id, secret } = await confidential('web', { scopes })
        const client = basic(id, secret)
        const { access_token: token } = await tokens({ ...all, resource: orders }, client)
        t.match((await post('/introspect', { token }, client)).body, { active: true, aud: orders })
        t.equal((await post('/revoke', { token }, client)).status, 200)
        t.same((await post('/introspect', { token }, client)).body, { active: false })
      }
    ),
    must(
      '§2',
      'without resource, the aud is the issuer, and AUDIENCE beside it where that is set (RFC 9068 §3)',
      { settings: { audience: 'https://api.example.com' } },
      async ({ tokens, me, send }, t) => {
        const { access_token } = await tokens()
        t.same(decodeJwt(access_token).aud, [settings.issuer, 'https://api.example.com'])
        t.equal((await me(access_token)).status, 200)
        t.equal((await send('GET', '/verify', bearer(access_token))).status, 204)
      }
    ),
    decision('§2', 'the metadata list the resources (RFC 9728 §4)', async ({ send }, t) => {
      const { body } = await send('GET', '/.well-known/oauth-authorization-server')
      t.same(body.protected_resources, [settings.issuer, orders, bills])
      t.ok(['orders:read', 'bills:pay'].every(scope => body.scopes_supported.includes(scope)))
    })
  ],
  notApplicable: [
    excluded(
      '§2.1',
      'resource in an authorization request',
      'There is no authorization endpoint. [First-party apps](#oauth-20-for-first-party-applications-draft-ietf-oauth-first-party-apps-03) tests it at the challenge endpoint.'
    )
  ]
}
