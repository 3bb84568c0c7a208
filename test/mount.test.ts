import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyServerOptions, type onRequestHookHandler } from 'fastify'
import { type Test, test } from 'tap'
import sallyport, { ConfigError, type Grant, type SallyportOptions, type User } from '../src/index.ts'
import { bearer, createClock, password, postForm } from './support/app.ts'
import { databaseUrl, engines } from './support/engines.ts'

const settings = {
  databaseUrl: 'sqlite::memory:',
  secret: 'a secret of the tests, 32 bytes or more',
  issuer: 'https://example.com/auth',
  prefix: '/auth',
  bcryptCost: 4
} satisfies SallyportOptions

/** Somebody else's app, with an error handler, a decorator and routes of its own. */
function createHost(t: Test, options: FastifyServerOptions = {}) {
  const app = Fastify(options) as unknown as FastifyInstance
  t.teardown(() => app.close())
  app.decorate('db' as never, 'their own' as never)
  app.setErrorHandler((error, _request, reply) => {
    const { statusCode = 500, message } = error as Error & { statusCode?: number }
    return reply.code(statusCode).send({ theirs: message })
  })
  return app
}

async function createEmbedded(t: Test, options: SallyportOptions = {}) {
  const app = createHost(t)
  await app.register(sallyport, { ...settings, ...options })
  return app
}

const logIn = async (app: FastifyInstance, form: Record<string, string> = {}, prefix = '/auth') =>
  (await postForm(app, `${prefix}/token`, { grant_type: 'password', username: 'alice', password, ...form })).json()

for (const engine of engines) {
  test(`${engine}: an app logs its users in and guards its own routes, with no HTTP in between`, async t => {
    const app = await createEmbedded(t, { databaseUrl: await databaseUrl(t, engine) })
    app.get('/users', async () => ['their own'])
    app.get('/orders', { onRequest: app.authenticate('orders:read') }, async request => request.auth)
    app.get('/any', { onRequest: app.authenticate() }, async request => request.auth.user?.username)

    const made = await app.inject({ method: 'POST', url: '/auth/users', payload: { username: 'alice', password } })
    t.equal(made.statusCode, 201)
    t.equal(made.headers.location, `/auth/users/${made.json().id}`)
    await app.sallyport.createUser({ username: 'bob', password, scopes: ['me', 'orders:read'] })
    t.strictSame((await app.inject('/users')).json(), ['their own'])

    const alice = await logIn(app)
    t.equal((await app.inject({ url: '/any', headers: bearer(alice.access_token) })).body, 'alice')
    const refused = await app.inject({ url: '/orders', headers: bearer(alice.access_token) })
    t.equal(refused.statusCode, 403)
    t.strictSame(refused.json(), { theirs: 'The access token lacks the scope orders:read.' })
    t.match(refused.headers['www-authenticate'], /error="insufficient_scope".*scope="orders:read"/)
    for (const [headers, challenge] of [
      [{}, 'Bearer realm="sallyport"'],
      [bearer('x'), /^Bearer .*error="invalid_token"/]
    ] as const) {
      const answer = await app.inject({ url: '/orders', headers })
      t.equal(answer.statusCode, 401)
      t.match(answer.headers['www-authenticate'], challenge)
    }

    const bob = await logIn(app, { username: 'bob' })
    const headers = bearer(bob.access_token)
    const user = await app.sallyport.findUser('bob')
    const seen = (await app.inject({ url: '/orders', headers })).json()
    t.strictSame(seen, {
      user,
      client_id: 'first-party',
      session_id: seen.claims.sid,
      scopes: ['me', 'orders:read'],
      claims: seen.claims
    })
    t.notMatch(JSON.stringify(seen), /hash/i)
    t.strictSame(await app.sallyport.authenticate(bob.access_token), seen)

    await postForm(app, '/auth/revoke', { token: bob.refresh_token })
    t.equal((await app.inject({ url: '/orders', headers })).statusCode, 401)
    t.equal(await app.sallyport.authenticate(bob.access_token), undefined)
  })
}

test('errors of each are answered by its own handler, and the other does not notice', async t => {
  const app = await createEmbedded(t)
  app.get('/broken', async () => {
    throw new Error('theirs')
  })
  t.strictSame((await app.inject('/broken')).json(), { theirs: 'theirs' })
  const problem = await app.inject({ method: 'DELETE', url: '/auth/users?x=1' })
  t.equal(problem.statusCode, 405)
  t.match(problem.json(), { title: 'Method Not Allowed', instance: '/auth/users' })
  const oauth = await postForm(app, '/auth/token', { grant_type: 'none' })
  t.match(oauth.json(), { error: 'unsupported_grant_type' })
  t.equal((await app.inject('/auth/nothing')).statusCode, 404)
  t.equal((await app.inject('/livez')).statusCode, 404)
})

test('URLs are known by the prefix, and the metadata behind the well-known string too (RFC 8414 §3.1)', async t => {
  const app = await createEmbedded(t)
  const path = '/.well-known/oauth-authorization-server'
  for (const url of [`${path}/auth`, `/auth${path}`]) {
    t.equal((await app.inject(url)).json().token_endpoint, 'https://example.com/auth/token', url)
  }
  t.equal((await app.inject(path)).statusCode, 404)
  const { servers, paths } = (await app.inject('/auth/openapi.json')).json()
  t.strictSame(servers, [{ url: '/auth', description: 'This server' }])
  t.ok(paths['/token'])
  t.match((await app.inject('/auth/docs')).headers['content-type'], 'text/html')
})

test('without a prefix, and below the prefix of a scope', async t => {
  const bare = await createEmbedded(t, { prefix: '', issuer: 'https://example.com' })
  t.equal((await bare.inject('/readyz')).statusCode, 200)
  const nested = createHost(t)
  await nested.register(async scope => void (await scope.register(sallyport, settings)), { prefix: '/v1' })
  t.equal((await nested.inject('/v1/auth/readyz')).statusCode, 200)
  t.equal((await nested.inject('/v1/auth/.well-known/jwks.json')).json().keys.length, 1)
})

test('the issuer is by default where the app would be on this machine', async t => {
  const app = createHost(t)
  const { issuer: _, ...others } = settings
  await app.register(sallyport, others)
  const metadata = (await app.inject('/auth/.well-known/oauth-authorization-server')).json()
  t.equal(metadata.issuer, 'http://127.0.0.1:3000/auth')
})

test('what the hooks of the app put on an answer is on those of Sallyport, with its request id', async t => {
  const app = createHost(t, { genReqId: () => 'their-id' })
  app.addHook(
    'onRequest',
    async (_request, reply) => void reply.headers({ 'X-Theirs': 'yes', 'Cache-Control': 'public' })
  )
  await app.register(sallyport, settings)
  const { headers } = await app.inject('/auth/readyz')
  t.match(headers, { 'x-theirs': 'yes', 'cache-control': 'no-store', 'x-request-id': 'their-id' })
})

test('hooks that plugins of the app add to each route run for those of Sallyport too, such as a rate limit', async t => {
  const app = createHost(t)
  // As @fastify/rate-limit does it, by its default.
  app.addHook('onRoute', route => {
    const limit: onRequestHookHandler = async ({ url }, reply) =>
      url.endsWith('/livez') ? reply.code(429).send({ theirs: 'slow down' }) : void reply.header('X-RateLimit-Limit', 1)
    route.onRequest = [route.onRequest ?? [], limit].flat()
  })
  await app.register(sallyport, settings)
  t.match((await app.inject('/auth/readyz')).headers, { 'x-ratelimit-limit': '1', 'cache-control': 'no-store' })
  const limited = await app.inject('/auth/livez')
  t.equal(limited.statusCode, 429)
  t.strictSame(limited.json(), { theirs: 'slow down' })
})

test('two of them in one app do not disturb each other', async t => {
  const app = createHost(t)
  await app.register(async scope => {
    await scope.register(sallyport, { ...settings, prefix: '/a', issuer: 'https://example.com/a' })
    scope.get('/of-a', { onRequest: scope.authenticate() }, async request => request.auth.user?.username)
  })
  await app.register(async scope => {
    await scope.register(sallyport, { ...settings, prefix: '/b', issuer: 'https://example.com/b' })
    scope.get('/of-b', { onRequest: scope.authenticate() }, async request => request.auth.user?.username)
    await scope.sallyport.createUser({ username: 'alice', password })
  })
  await app.ready()
  t.match(await logIn(app, {}, '/a'), { error: 'invalid_grant' })
  const { access_token } = await logIn(app, {}, '/b')
  t.equal((await app.inject({ url: '/of-b', headers: bearer(access_token) })).body, 'alice')
  t.equal((await app.inject({ url: '/of-a', headers: bearer(access_token) })).statusCode, 401)
})

test('options that cannot be are all named at once', async t => {
  const app = createHost(t)
  await t.rejects(
    async () =>
      void (await app.register(sallyport, {
        ...settings,
        prefix: 'auth/',
        port: 1,
        colour: 'red'
      } as SallyportOptions)),
    {
      name: 'ConfigError',
      problems: [
        'port is for the app that listens, and no option of the plugin',
        'prefix is "auth/": expected a path such as /auth, without a slash at its end'
      ]
    }
  )
  const unknown = createHost(t)
  await t.rejects(
    async () => void (await unknown.register(sallyport, { ...settings, colour: 'red' } as SallyportOptions)),
    {
      name: 'ConfigError',
      problems: ['colour is not a setting']
    }
  )
})

test('a second one in the same scope is refused, and says what to do', async t => {
  const app = await createEmbedded(t)
  await t.rejects(async () => void (await app.register(sallyport, { ...settings, prefix: '/again' })), {
    name: 'ConfigError',
    problems: [
      'this app has sallyport and authenticate and request.auth already: register Sallyport in a scope of its own, once'
    ]
  })
})

test('claims of the app are in every access token, also after a refresh', async t => {
  const asked: Grant[] = []
  const app = await createEmbedded(t, {
    claims: async grant => {
      asked.push(grant)
      return { tenant: 'wonderland' }
    }
  })
  const user = await app.sallyport.createUser({ username: 'alice', password })
  const first = await logIn(app)
  const second = (
    await postForm(app, '/auth/token', { grant_type: 'refresh_token', refresh_token: first.refresh_token })
  ).json()
  for (const { access_token } of [first, second]) {
    t.match((await app.sallyport.authenticate(access_token))?.claims, { tenant: 'wonderland', sub: user.id })
  }
  t.strictSame(asked, Array(2).fill({ user, client_id: 'first-party', scope: ['me'] }))
})

test('a claim of the server cannot be overridden: the login fails, and the log says why (RFC 9068 §2.2)', async t => {
  const names = 'iss sub aud exp nbf iat jti client_id scope auth_time acr amr sid act may_act cnf azp nonce'.split(' ')
  for (const name of names) {
    const app = await createEmbedded(t, { claims: () => ({ tenant: 'wonderland', [name]: 'forged' }) })
    await app.sallyport.createUser({ username: 'alice', password })
    t.match(await logIn(app), { error: 'server_error' }, name)
  }
})

test('hooks hear of new accounts and logins, and one that fails stops nobody', async t => {
  const heard: unknown[] = []
  const lines: string[] = []
  const app = createHost(t, { logger: { level: 'error', stream: { write: line => void lines.push(line) } } })
  await app.register(sallyport, {
    ...settings,
    onUserCreated: (user: User) => {
      heard.push(user)
      throw new Error('their table is locked')
    },
    onLogin: login => heard.push(login)
  })
  const user = (
    await app.inject({ method: 'POST', url: '/auth/users', payload: { username: 'alice', password } })
  ).json()
  const { refresh_token } = await logIn(app)
  await postForm(app, '/auth/token', { grant_type: 'refresh_token', refresh_token })
  await logIn(app, { password: 'wrong' })
  t.strictSame(heard, [user, { user, client_id: 'first-party', scope: ['me'], ip: '127.0.0.1' }])
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines[0] as string), {
    msg: 'the extension onUserCreated failed',
    err: { message: 'their table is locked' }
  })
})

test('the clock can be given', async t => {
  const clock = createClock()
  const app = await createEmbedded(t, { now: clock.now })
  await app.sallyport.createUser({ username: 'alice', password })
  const { access_token } = await logIn(app)
  clock.advance(601)
  t.equal(await app.sallyport.authenticate(access_token), undefined)
})

test('a start that fails says why, and leaves the app without the plugin', async t => {
  const app = createHost(t)
  await t.rejects(async () => void (await app.register(sallyport, { ...settings, databaseUrl: 'mysql://x' })), {
    name: 'ConfigError'
  })
  t.ok(ConfigError)
})

test('mail is sent while the app listens, and not before (issue 7)', async t => {
  const lines: Record<string, unknown>[] = []
  const app = createHost(t, { logger: { stream: { write: line => void lines.push(JSON.parse(line)) } } })
  await app.register(sallyport, settings)
  const sent = () => lines.filter(({ to }) => to === 'alice@example.com')
  await app.sallyport.createUser({ username: 'alice', password, email: 'alice@example.com' })
  t.strictSame(sent(), [], 'tests by inject send nothing')
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (let tries = 0; tries < 500 && sent().length === 0; tries++) await sleep(10)
  t.match(sent(), [{ level: 40, link: /^https:\/\/example\.com\/auth\/verify-email\?token=/ }])
})

test('another signing algorithm is adopted when the app listens (setting SIGNING_ALG)', async t => {
  const url = await databaseUrl(t, 'sqlite')
  await (await createEmbedded(t, { databaseUrl: url })).close()
  const app = await createEmbedded(t, { databaseUrl: url, signingAlg: 'EdDSA' })
  const algs = async () => {
    const { keys } = (await app.inject('/auth/.well-known/jwks.json')).json()
    return keys.map(({ alg }: { alg: string }) => alg)
  }
  t.strictSame(await algs(), ['ES256'])
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (let tries = 0; tries < 500 && (await algs()).length < 2; tries++) await sleep(10)
  t.strictSame(await algs(), ['ES256', 'EdDSA'])
})
