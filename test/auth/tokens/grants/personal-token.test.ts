import { decodeJwt } from 'jose'
import t from 'tap'
import { basic, bearer, createUser, logIn, postForm } from '../../../support/app.ts'
import { assertOAuthErrors } from '../../../support/oauth-error.ts'
import {
  createTokenWorld,
  exchangeGrant,
  orders,
  personalTokenType,
  reports
} from '../../../support/personal-tokens.ts'

const issuer = 'https://auth.example.com'

t.test('the exchange of a personal access token', async t => {
  t.test('gives an access token without a login, and no refresh token (RFC 8693 §2.2.1)', async t => {
    const { app, clock, id, client, create, exchange } = await createTokenWorld(t)
    const { id: tokenId, token } = await create({ scopes: ['reports:read'] })
    const answer = await exchange(token)
    t.equal(answer.headers['cache-control'], 'no-store')
    const { access_token, ...rest } = answer.json()
    t.strictSame(rest, {
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'reports:read',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token'
    })
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
      preferred_username: 'alice',
      sid: tokenId
    })
    t.match(await app.accessTokens.authenticate(access_token), { user: { id }, scopes: ['reports:read'] })
    t.strictSame((await app.sessions.ofUser(id)).length, 1, 'there is only the login of alice')
  })

  t.test('gives no more than the token, the account and the client have, and the request asks for', async t => {
    const { app, id, client, create, exchange } = await createTokenWorld(t)
    const { token } = await create()
    const scopeOf = async (form: Record<string, string> = {}) => {
      const { scope, error } = (await exchange(token, form)).json()
      return scope ?? error
    }
    t.equal(await scopeOf(), 'reports:read orders:read', 'the client lacks reports:write')
    t.equal(await scopeOf({ scope: 'orders:read' }), 'orders:read')
    t.equal(await scopeOf({ scope: 'reports:write orders:read' }), 'orders:read')
    for (const scope of ['reports:write', 'me', 'users:read', 'reports:read me', 'unknown', ' ', 'a"b'])
      t.equal(await scopeOf({ scope }), 'invalid_scope', scope)

    const { access_token } = (await exchange(token)).json()
    await app.userAdmin.update(id, { scopes: ['me', 'orders:read'] }, {})
    t.match(await app.accessTokens.authenticate(access_token), { scopes: ['orders:read'] }, 'withdrawn at once')
    t.equal(await scopeOf(), 'orders:read')
    await app.clientAdmin.update(client.id, { scopes: ['reports:read'] }, {})
    t.match(await app.accessTokens.authenticate(access_token), { scopes: [] })
    t.equal(await scopeOf(), 'invalid_scope')
  })

  t.test('without a scope gives a token that names its owner and nothing else', async t => {
    const { app, id, create, exchange } = await createTokenWorld(t)
    const { token } = await create({ scopes: [] })
    const { access_token, scope } = (await exchange(token)).json()
    t.equal(scope, '')
    t.match(await app.accessTokens.authenticate(access_token), { user: { id }, scopes: [] })
    for (const resource of [reports, orders, issuer])
      t.equal((await exchange(token, { resource })).json().error, 'invalid_scope', resource)
    t.equal((await exchange(token, { scope: 'reports:read' })).json().error, 'invalid_scope')
  })

  t.test('is for the resource of the token, or else for that of the request (RFC 8707 §2)', async t => {
    const { create, exchange } = await createTokenWorld(t)
    const [anywhere, ofReports] = [await create(), await create({ resource: reports })]
    const audience = async (token: string, form: Record<string, string> = {}) => {
      const { access_token, scope, error } = (await exchange(token, form)).json()
      return access_token ? [decodeJwt(access_token).aud, scope] : error
    }
    t.strictSame(await audience(anywhere.token), [issuer, 'reports:read orders:read'])
    t.strictSame(await audience(anywhere.token, { resource: orders }), [orders, 'orders:read'])
    t.strictSame(await audience(ofReports.token), [reports, 'reports:read'])
    t.strictSame(await audience(ofReports.token, { resource: reports }), [reports, 'reports:read'])
    t.equal(await audience(ofReports.token, { resource: orders }), 'invalid_target')
    t.equal(await audience(ofReports.token, { resource: issuer }), 'invalid_target')
    t.equal(await audience(anywhere.token, { resource: 'https://elsewhere.example.com' }), 'invalid_target')
    t.equal(await audience(anywhere.token, { resource: orders, scope: 'reports:read' }), 'invalid_scope')
  })

  t.test('ends with the token, which no access token outlives', async t => {
    const { app, clock, create, exchange } = await createTokenWorld(t)
    const { token } = await create({ expires_in: 3600 })
    clock.advance(3300)
    const { access_token, expires_in } = (await exchange(token)).json()
    t.equal(expires_in, 300)
    clock.advance(299)
    t.ok(await app.accessTokens.authenticate(access_token))
    t.equal((await exchange(token)).statusCode, 200)
    clock.advance(1)
    t.equal(await app.accessTokens.authenticate(access_token), undefined)
    t.equal((await exchange(token)).statusCode, 400)
    await app.personalTokens.prune()
    t.equal((await exchange(token)).statusCode, 400)
  })

  t.test('ends with the client: disabled, without the grant, or deleted', async t => {
    const { app, client, create, exchange } = await createTokenWorld(t)
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

  t.test('ends with the account: disabled, which deletes the token, or deleted', async t => {
    const { app, id, create, exchange, list } = await createTokenWorld(t)
    const { token } = await create()
    const { access_token } = (await exchange(token)).json()
    await app.userAdmin.update(id, { disabled: true }, {})
    t.equal(await app.accessTokens.authenticate(access_token), undefined)
    t.equal((await exchange(token)).json().error, 'invalid_request')
    await app.userAdmin.update(id, { disabled: false }, {})
    t.strictSame(await list(), [])
    t.equal(await app.accessTokens.authenticate(access_token), undefined)
    t.equal((await exchange(token)).json().error, 'invalid_request')

    const { access_token: again } = await logIn(app)
    const answer = await app.inject({
      method: 'POST',
      url: '/users/me/tokens',
      headers: bearer(again),
      payload: { name: 'another' }
    })
    const ofAnother = (await exchange(answer.json().token)).json()
    await app.userAdmin.remove(await app.userAdmin.byId(id), {})
    t.equal(await app.accessTokens.authenticate(ofAnother.access_token), undefined)
    t.equal((await exchange(answer.json().token)).json().error, 'invalid_request')
  })
})

t.test('a personal access token works where it belongs, and nowhere else (RFC 8693 §2.2.2)', async t => {
  const { app, id, accessToken, client, create, exchange } = await createTokenWorld(t, {
    identityProviders: ['https://accounts.example.com app']
  })
  const { token } = await create()
  const { access_token } = (await exchange(token)).json()
  const { refresh_token } = await logIn(app)
  const wrong = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
  const send = (form: Record<string, string>) => postForm(app, '/token', { client_id: client.id, ...form })
  const form = { grant_type: exchangeGrant, subject_token: token, subject_token_type: personalTokenType }
  const builtIn = await postForm(app, '/token', form)
  const { client: other } = await app.clientAdmin.create(
    { name: 'other', confidential: false, grants: ['password', 'refresh_token'], scopes: ['me'] },
    {}
  )
  assertOAuthErrors(t, [
    ['a wrong checksum', await exchange(wrong), 400, 'invalid_request'],
    ['an empty token', await exchange(''), 400, 'invalid_request'],
    ['text after the token', await exchange(`${token} `), 400, 'invalid_request'],
    ['an access token of a login', await exchange(accessToken), 400, 'invalid_request'],
    ['an access token for the token', await exchange(access_token), 400, 'invalid_request'],
    ['a refresh token', await exchange(refresh_token), 400, 'invalid_request'],
    ['the id of the account', await exchange(id), 400, 'invalid_request'],
    ['the built-in client', builtIn, 400, 'unauthorized_client'],
    ['a client without the grant', await send({ ...form, client_id: other.id }), 400, 'unauthorized_client'],
    ['an unknown client', await send({ ...form, client_id: 'c_unknown' }), 401, 'invalid_client'],
    ['no subject_token_type', await send({ grant_type: exchangeGrant, subject_token: token }), 400, 'invalid_request'],
    [
      'no subject_token',
      await send({ grant_type: exchangeGrant, subject_token_type: personalTokenType }),
      400,
      'invalid_request'
    ],
    [
      'as an access token',
      await exchange(token, { subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }),
      400,
      'invalid_request'
    ],
    [
      'a type that is a member of every object',
      await exchange(token, { subject_token_type: 'toString' }),
      400,
      'invalid_request'
    ],
    [
      'a refresh token in its place',
      await send({ grant_type: 'refresh_token', refresh_token: token, client_id: other.id }),
      400,
      'invalid_grant'
    ],
    [
      'a password',
      await postForm(app, '/token', { grant_type: 'password', username: 'alice', password: token }),
      400,
      'invalid_grant'
    ]
  ])
})

t.test('an exchange is for no other party, and issues only access tokens (RFC 8693 §2.1)', async t => {
  const { create, exchange } = await createTokenWorld(t)
  const { token } = await create()
  const type = 'urn:ietf:params:oauth:token-type'
  assertOAuthErrors(t, [
    ['an actor', await exchange(token, { actor_token: 'x', actor_token_type: `${type}:jwt` }), 400, 'invalid_request'],
    ['an actor without its type', await exchange(token, { actor_token: 'x' }), 400, 'invalid_request'],
    ['the type of an actor', await exchange(token, { actor_token_type: `${type}:jwt` }), 400, 'invalid_request'],
    ['an audience', await exchange(token, { audience: 'reports' }), 400, 'invalid_target'],
    [
      'a refresh token',
      await exchange(token, { requested_token_type: `${type}:refresh_token` }),
      400,
      'invalid_request'
    ]
  ])
  const asked = await exchange(token, { requested_token_type: `${type}:access_token` })
  t.equal(asked.statusCode, 200)
})

t.test('a confidential client exchanges with its secret, and not without it', async t => {
  const { app, create } = await createTokenWorld(t)
  const { token } = await create()
  const { client, secret } = await app.clientAdmin.create(
    { name: 'ci', confidential: true, grants: [exchangeGrant], scopes: ['reports:read'] },
    {}
  )
  const form = { grant_type: exchangeGrant, subject_token: token, subject_token_type: personalTokenType }
  const answer = await postForm(app, '/token', form, basic(client.id, String(secret)))
  t.match(answer.json(), { scope: 'reports:read' })
  t.equal((await postForm(app, '/token', { ...form, client_id: client.id })).statusCode, 401)
})

t.test('claims of the account are in the access token, and in introspection', async t => {
  const { app, id, create, exchange } = await createTokenWorld(t)
  await app.userAdmin.update(id, { claims: { roles: ['editor'] } }, {})
  await createUser(app, 'bob')
  const { token } = await create()
  t.match(decodeJwt((await exchange(token)).json().access_token), { roles: ['editor'] })
})
