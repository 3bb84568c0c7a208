import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { sha256 } from '../../src/base/secrets.ts'
import sallyport, { type SallyportOptions } from '../../src/index.ts'
import { bearer, password, postForm } from '../support/app.ts'
import { bothSchemes, createProofSigner } from '../support/dpop.ts'

const settings = {
  databaseUrl: 'sqlite::memory:',
  secret: 'a secret of the tests, 32 bytes or more',
  issuer: 'https://example.com/auth',
  prefix: '/auth',
  bcryptCost: 4
}

/** An app with the route `/orders`, and a login of alice that is bound to the key of `signer`. */
async function createWorld(t: Test, options: SallyportOptions = {}, { scope = '' } = {}) {
  const { issuer, prefix = '', ...given } = { ...settings, ...options }
  const app = Fastify() as unknown as FastifyInstance
  t.teardown(() => app.close())
  await app.register(
    async inner => {
      await inner.register(sallyport, { issuer, prefix, ...given })
      inner.get('/orders', { onRequest: inner.authenticate('me') }, async ({ auth }) => auth.user?.username)
      inner.get('/strong', { onRequest: inner.authenticate({ acr: 'aal2' }) }, async () => 'x')
      inner.get('/ask', async ({ query, headers, method }) => {
        const { token, path = '/socket' } = query as { token?: string; path?: string }
        const auth = await inner.sallyport.authenticate(token, { headers, method, originalUrl: path })
        return { of: auth?.user?.username, alone: (await inner.sallyport.authenticate(token))?.user?.username }
      })
      await inner.sallyport.createUser({ username: 'alice', password })
    },
    { prefix: scope }
  )
  const signer = createProofSigner()
  let nonce: string | undefined
  const prove = (method: string, htu: string, token?: string, more: object = {}) =>
    signer.prove({
      ...{ jti: crypto.randomUUID(), htm: method, htu, iat: Math.floor(Date.now() / 1000), nonce },
      ...(token !== undefined && { ath: sha256(token) }),
      ...more
    })
  const form = { grant_type: 'password', username: 'alice', password }
  const logIn = (headers: Record<string, string> = {}) => postForm(app, `${scope}${prefix}/token`, form, headers)
  const first = await logIn({ dpop: prove('POST', `${issuer}/token`) })
  nonce = first.headers['dpop-nonce'] as string | undefined
  const login = await logIn({ dpop: prove('POST', `${issuer}/token`) })
  const token = String(login.json().access_token)
  /** Asks for `url` with a proof for `htu`. */
  const ask = (htu: string, url = `${scope}/orders`, more: object = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url, headers: { authorization: `DPoP ${token}`, dpop: prove(method, htu, token, more) } })
  return { app, signer, token, nonce, logIn, ask, prove }
}

test('A route of the app takes a bound token with a proof for its public URL (RFC 9449 §7)', async t => {
  const { app, token, nonce, ask } = await createWorld(t)
  const url = 'https://example.com/orders'
  const admitted = await ask(url)
  t.equal(admitted.body, 'alice')
  t.equal(admitted.headers['dpop-nonce'], nonce)
  t.equal((await ask(url, '/orders?page=1')).statusCode, 200)
  t.equal((await ask(url, '/orders', {}, 'HEAD')).statusCode, 200)
  for (const [name, answer, error] of [
    ['the Host of the request', await ask('http://localhost/orders'), 'invalid_dpop_proof'],
    ['the URL below the plugin', await ask('https://example.com/auth/orders'), 'invalid_dpop_proof'],
    ['another path', await ask(url, '/strong'), 'invalid_dpop_proof'],
    ['another method', await ask(url, '/orders', { htm: 'POST' }), 'invalid_dpop_proof'],
    ['no nonce', await ask(url, '/orders', { nonce: undefined }), 'use_dpop_nonce'],
    ['a login with one factor', await ask('https://example.com/strong', '/strong'), 'insufficient_user_authentication'],
    ['Bearer', await app.inject({ url: '/orders', headers: bearer(token) }), 'invalid_token']
  ] as const) {
    t.equal(answer.statusCode, 401, name)
    t.match(answer.headers['www-authenticate'], new RegExp(`^DPoP realm="sallyport".* error="${error}"`), name)
    t.match(answer.headers['www-authenticate'], 'algs="ES256 Ed25519 EdDSA RS256"', name)
    if (name !== 'Bearer') t.equal(answer.headers['dpop-nonce'], nonce, name)
  }
  t.equal((await app.inject('/orders')).headers['www-authenticate'], bothSchemes)
})

test('The public URL of the app is its issuer without the prefix, or the audience on another host', async t => {
  for (const [options, scope, htu] of [
    [{ issuer: 'https://example.com', prefix: '' }, '', 'https://example.com/orders'],
    [{ issuer: 'https://example.com/auth', prefix: '' }, '', 'https://example.com/auth/orders'],
    [{ issuer: 'https://example.com/app/auth' }, '', 'https://example.com/app/orders'],
    [{ issuer: 'https://example.com/login' }, '', 'https://example.com/orders'],
    [{ issuer: 'https://example.com/v1/auth' }, '/v1', 'https://example.com/v1/orders'],
    [
      { issuer: 'https://login.example.com', audience: 'https://api.example.com/v1' },
      '',
      'https://api.example.com/orders'
    ],
    [{ audience: 'https://example.com/orders' }, '', 'https://example.com/orders'],
    [{ audience: 'urn:example:orders' }, '', 'https://example.com/orders']
  ] as const) {
    const { ask } = await createWorld(t, options, { scope })
    t.equal((await ask(htu)).statusCode, 200, JSON.stringify(options))
    t.equal((await ask('https://evil.example/orders')).statusCode, 401, JSON.stringify(options))
  }
})

test('sallyport.authenticate takes a bound token only with a request that proves its key (RFC 9449 §7.2)', async t => {
  const { app, token, logIn, prove } = await createWorld(t)
  const htu = 'https://example.com/socket'
  const ask = async (dpop: string | undefined, text = token) =>
    (await app.inject({ url: '/ask', query: { token: text }, headers: dpop === undefined ? {} : { dpop } })).json()
  t.strictSame(await ask(prove('GET', htu, token)), { of: 'alice' })
  t.strictSame(await ask(prove('GET', 'https://example.com/ask', token)), {})
  t.strictSame(await ask(prove('POST', htu, token)), {})
  t.strictSame(await ask(undefined), {})
  const { access_token } = (await logIn()).json()
  t.strictSame(await ask(undefined, access_token), { of: 'alice', alone: 'alice' })
})

const wellKnown = '/.well-known/oauth-protected-resource'

test('The app serves its metadata, and names it for URLs below its audience (RFC 9728 §2, §3.3, §5.1)', async t => {
  const { app } = await createWorld(t, { audience: 'https://example.com' })
  t.strictSame((await app.inject(wellKnown)).json(), {
    resource: 'https://example.com',
    authorization_servers: ['https://example.com/auth'],
    scopes_supported: ['me'],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA', 'RS256']
  })
  const named = `resource_metadata="https://example.com${wellKnown}"`
  t.equal(
    (await app.inject('/orders')).headers['www-authenticate'],
    bothSchemes.replaceAll('realm="sallyport"', `realm="sallyport", ${named}`)
  )
  const other = await createWorld(t, { dpop: 'required' })
  const { resource, ...document } = (await other.app.inject(`${wellKnown}/auth`)).json()
  t.equal(resource, 'https://example.com/auth', 'the issuer is the audience unless there is another one')
  t.equal(document.dpop_bound_access_tokens_required, true)
  t.notMatch((await other.app.inject('/orders')).headers['www-authenticate'], 'resource_metadata', 'not below it')
  const off = await createWorld(t, { dpop: 'off' })
  t.notOk('dpop_signing_alg_values_supported' in (await off.app.inject(`${wellKnown}/auth`)).json())
})

test('The metadata stays open when a hook protects every route, and other URLs do not', async t => {
  const app = Fastify() as unknown as FastifyInstance
  t.teardown(() => app.close())
  await app.register(sallyport, settings)
  app.addHook('onRequest', app.authenticate())
  app.get('/orders', async () => 'x')
  t.equal((await app.inject(`${wellKnown}/auth`)).statusCode, 200)
  t.equal((await app.inject(`${wellKnown}/auth?a=b`)).statusCode, 200)
  t.equal((await app.inject('/orders')).statusCode, 401)
})
