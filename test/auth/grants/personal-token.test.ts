import { decodeJwt } from 'jose'
import t from 'tap'
import { logIn, postForm } from '../../support/app.ts'
import { assertOAuthErrors } from '../../support/oauth-error.ts'
import {
  createToken,
  createTokenApp,
  createTokenWorld,
  exchangeGrant,
  orders,
  personalTokenType,
  reports,
  withTokens
} from '../../support/personal-tokens.ts'

const issuer = 'https://auth.example.com'

t.test('Of accounts on one server', async t => {
  const shared = await createTokenApp(t)

  t.test('An exchange gives an access token without a login, with claims of the account (RFC 8693 §2.2.1)', async t => {
    const { app, clock, id, client, create, exchange, username } = await withTokens(shared)
    await app.userAdmin.update(id, { claims: { roles: ['editor'] } }, {})
    const { id: tokenId, token } = await create({ scopes: ['reports:read'] })
    const { access_token } = (await exchange(token)).json()
    const now = clock.now().getTime() / 1000
    t.matchOnly(decodeJwt(access_token), {
      iss: issuer,
      aud: issuer,
      sub: id,
      client_id: client.id,
      iat: now,
      exp: now + 600,
      jti: String,
      scope: 'reports:read',
      preferred_username: username,
      roles: ['editor'],
      sid: tokenId
    })
    t.match(await app.accessTokens.authenticate(access_token), { user: { id }, scopes: ['reports:read'] })
    t.strictSame((await app.sessions.ofUser(id)).length, 1, 'there is only the login of alice')
  })

  t.test('An exchanged token loses at once the scopes that the account or the client loses', async t => {
    const { app, id, client, create, exchange } = await withTokens(shared)
    const { token } = await create()
    const scopeOf = async (form: Record<string, string> = {}) => {
      const { scope, error } = (await exchange(token, form)).json()
      return scope ?? error
    }
    t.equal(await scopeOf(), 'reports:read orders:read', 'the client lacks reports:write')
    t.equal(await scopeOf({ scope: 'reports:write orders:read' }), 'orders:read')
    t.equal(await scopeOf({ scope: 'reports:write' }), 'invalid_scope')
    t.equal(await scopeOf({ scope: ' ' }), 'invalid_scope')
    const { access_token } = (await exchange(token)).json()
    await app.userAdmin.update(id, { scopes: ['me', 'orders:read'] }, {})
    t.match(await app.accessTokens.authenticate(access_token), { scopes: ['orders:read'] })
    t.equal(await scopeOf(), 'orders:read')
    await app.clientAdmin.update(client.id, { scopes: ['reports:read'] }, {})
    t.match(await app.accessTokens.authenticate(access_token), { scopes: [] })
    t.equal(await scopeOf(), 'invalid_scope')
  })

  t.test('A personal access token without a scope gives a token that names its owner and nothing else', async t => {
    const { app, id, create, exchange } = await withTokens(shared)
    const { token } = await create({ scopes: [] })
    const { access_token, scope } = (await exchange(token)).json()
    t.equal(scope, '')
    t.match(await app.accessTokens.authenticate(access_token), { user: { id }, scopes: [] })
    for (const form of [{ resource: reports }, { resource: orders }, { resource: issuer }, { scope: 'reports:read' }])
      t.equal((await exchange(token, form)).json().error, 'invalid_scope')
  })

  t.test('Exchanges and exchanged tokens end with the client: disabled, without the grant, or deleted', async t => {
    const { app, client, create, exchange } = await withTokens(shared)
    const { token } = await create()
    const { access_token } = (await exchange(token)).json()
    await app.clientAdmin.update(client.id, { grants: ['password'] }, {})
    t.equal((await exchange(token)).json().error, 'unauthorized_client')
    await app.clientAdmin.update(client.id, { grants: [exchangeGrant], disabled: true }, {})
    t.equal(await app.accessTokens.authenticate(access_token), undefined)
    t.equal((await exchange(token)).json().error, 'invalid_client')
    await app.clientAdmin.update(client.id, { disabled: false }, {})
    t.equal((await exchange(token)).statusCode, 200)
    t.ok(await app.accessTokens.authenticate(access_token), 'what was exchanged before works again')
    await app.clientAdmin.delete(client.id, {})
    t.equal(await app.accessTokens.authenticate(access_token), undefined)
    t.equal((await exchange(token)).json().error, 'invalid_client')
  })

  t.test('Exchanges and exchanged tokens end with the token, and with the account: disabled or deleted', async t => {
    const { app, clock, id, create, exchange, list, username } = await withTokens(shared)
    const short = await create({ expires_in: 300 })
    const ofShort = (await exchange(short.token)).json().access_token
    clock.advance(299)
    t.ok(await app.accessTokens.authenticate(ofShort))
    clock.advance(1)
    const { token } = await create()
    const { access_token } = (await exchange(token)).json()
    await app.userAdmin.update(id, { disabled: true }, {})
    const dead = [[short.token, ofShort] as const, [token, access_token] as const]
    await app.userAdmin.update(id, { disabled: false }, {})
    t.strictSame(await list(), [], 'disabling has deleted them')

    const last = await createToken(app, (await logIn(app, { username })).access_token)
    const ofLast = (await exchange(last.token)).json().access_token
    t.ok(await app.accessTokens.authenticate(ofLast))
    await app.userAdmin.remove(await app.userAdmin.byId(id), {})
    for (const [personal, exchanged] of [...dead, [last.token, ofLast] as const]) {
      t.equal(await app.accessTokens.authenticate(exchanged), undefined)
      t.equal((await exchange(personal)).json().error, 'invalid_request')
    }
  })
})

t.test('A personal access token works only in an exchange, by a client with the grant (RFC 8693 §2.2.2)', async t => {
  const { app, create, exchange } = await createTokenWorld(t, {
    identityProviders: ['https://accounts.example.com app']
  })
  const { token } = await create()
  const form = { grant_type: exchangeGrant, subject_token: token, subject_token_type: personalTokenType }
  const password = { grant_type: 'password', username: 'alice', password: token }
  assertOAuthErrors(t, [
    ['an access token', await exchange((await exchange(token)).json().access_token), 400, 'invalid_request'],
    ['the built-in client', await postForm(app, '/token', form), 400, 'unauthorized_client'],
    [
      'as a refresh token',
      await postForm(app, '/token', { grant_type: 'refresh_token', refresh_token: token }),
      400,
      'invalid_grant'
    ],
    ['as a password', await postForm(app, '/token', password), 400, 'invalid_grant']
  ])
})
