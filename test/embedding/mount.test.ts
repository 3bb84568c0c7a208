import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type OutgoingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { FastifyOtelInstrumentation } from '@fastify/otel'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
  type onRequestHookHandler
} from 'fastify'
import { pino } from 'pino'
import { type Test, test } from 'tap'
import sallyport, { type AuthenticateHook, type SallyportOptions, type StepUp, type User } from '../../src/index.ts'
import { bearer, password, postForm } from '../support/app.ts'
import { createClock } from '../support/clocks.ts'
import { databaseUrl } from '../support/engines.ts'
import { talk } from '../support/socket.ts'
import { execute } from '../support/store.ts'

const ofTheService = {
  databaseUrl: 'sqlite::memory:',
  secret: 'a secret of the tests, 32 bytes or more',
  issuer: 'https://example.com/auth',
  bcryptCost: 4
}
const settings = { ...ofTheService, prefix: '/auth' } satisfies SallyportOptions

/** An app by another author, with its own error handler, decorator and routes. */
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

test('An app logs in its users and protects its own routes without HTTP requests', async t => {
  const app = await createEmbedded(t, { databaseUrl: await databaseUrl(t) })
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

  for (const token of [undefined, null, '', 'a', ['a', 'b'], {}])
    t.equal(await app.sallyport.authenticate(token as string), undefined, JSON.stringify(token))

  await postForm(app, '/auth/revoke', { token: bob.refresh_token })
  t.equal((await app.inject({ url: '/orders', headers })).statusCode, 401)
  t.equal(await app.sallyport.authenticate(bob.access_token), undefined)
})

test('The app and the plugin each answer errors with their own handler', async t => {
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

test('URLs have the prefix, including the metadata behind the well-known string (RFC 8414 §3.1)', async t => {
  const app = await createEmbedded(t)
  const path = '/.well-known/oauth-authorization-server'
  for (const url of [`${path}/auth`, `/auth${path}`]) {
    t.equal((await app.inject(url)).json().token_endpoint, 'https://example.com/auth/token', url)
  }
  t.equal((await app.inject(path)).statusCode, 404)
  const { servers, paths } = (await app.inject('/auth/openapi.json')).json()
  t.strictSame(servers, [{ url: 'https://example.com/auth', description: 'This server' }])
  t.ok(paths['/token'])
  t.match((await app.inject('/auth/docs')).headers['content-type'], 'text/html')
})

test('The plugin works without a prefix, and below the prefix of a scope', async t => {
  const bare = await createEmbedded(t, { prefix: '', issuer: 'https://example.com' })
  t.equal((await bare.inject('/readyz')).statusCode, 200)
  const nested = createHost(t)
  await nested.register(async scope => void (await scope.register(sallyport, settings)), { prefix: '/v1' })
  t.equal((await nested.inject('/v1/auth/readyz')).statusCode, 200)
  t.equal((await nested.inject('/v1/auth/.well-known/jwks.json')).json().keys.length, 1)
})

test('The plugin serves the security.txt of its settings below its prefix, and leaves that of the app alone', async t => {
  const wellKnown = t.testdir({
    'security.txt': 'Contact: mailto:security@example.com\nExpires: 2030-01-31T12:00:00Z\n'
  })
  const app = createHost(t)
  app.get('/.well-known/security.txt', () => 'that of the app')
  await app.register(sallyport, { ...settings, wellKnown })
  t.match((await app.inject('/auth/.well-known/security.txt')).body, /^Contact: mailto:/)
  t.equal((await app.inject('/.well-known/security.txt')).body, 'that of the app')
  const without = createHost(t)
  without.get('/.well-known/security.txt', () => 'that of the app')
  await without.register(sallyport, { ...settings, prefix: '', issuer: 'https://example.com' })
  t.equal((await without.inject('/.well-known/security.txt')).body, 'that of the app')
})

test("The default issuer is the app's address on this machine", async t => {
  const app = createHost(t)
  const { issuer: _, ...others } = settings
  await app.register(sallyport, others)
  const metadata = (await app.inject('/auth/.well-known/oauth-authorization-server')).json()
  t.equal(metadata.issuer, 'http://127.0.0.1:3000/auth')
})

test("Headers from the app's hooks are on Sallyport's answers, with its request id", async t => {
  const app = createHost(t, { genReqId: () => 'their-id' })
  app.addHook(
    'onRequest',
    async (_request, reply) => void reply.headers({ 'X-Theirs': 'yes', 'Cache-Control': 'public' })
  )
  await app.register(sallyport, settings)
  const { headers } = await app.inject('/auth/readyz')
  t.match(headers, { 'x-theirs': 'yes', 'cache-control': 'no-store', 'x-request-id': 'their-id' })
})

test('Browsers use https as the app says, and otherwise as Sallyport does (RFC 6797 §7.1)', async t => {
  const theirs = 'max-age=63072000; includeSubDomains; preload'
  for (const [header, expected] of [
    [undefined, 'max-age=31536000'],
    [theirs, theirs]
  ] as const) {
    const app = createHost(t)
    if (header)
      app.addHook('onRequest', async (_request, reply) => void reply.header('Strict-Transport-Security', header))
    await app.register(sallyport, settings)
    for (const url of ['/auth/readyz', '/auth/users/me', '/auth/docs'])
      t.equal((await app.inject(url)).headers['strict-transport-security'], expected, url)
  }
})

test('A URL with two parameters reaches the service with both', async t => {
  const app = await createEmbedded(t)
  const { id } = await app.sallyport.createUser({ username: 'alice', password, scopes: ['me', 'users:write'] })
  const one = await logIn(app, { scope: 'me' })
  const other = await logIn(app, { scope: 'users:write' })
  const session = (await app.sallyport.authenticate(one.access_token))?.session_id
  const end = () =>
    app.inject({ method: 'DELETE', url: `/auth/users/${id}/sessions/${session}`, headers: bearer(other.access_token) })
  t.equal((await end()).statusCode, 204)
  t.equal(await app.sallyport.authenticate(one.access_token), undefined)
  t.equal((await end()).statusCode, 404)
})

test('Two Host lines and an invalid Host are refused, as on a server of its own (RFC 9112 §3.2)', async t => {
  const app = await createEmbedded(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (const [lines, status] of [
    ['Host: a', 200],
    ['Host: a\r\nHost: b', 400],
    ['Host: a b', 400]
  ] as const) {
    const { answers } = await talk(t, app, `GET /auth/livez HTTP/1.1\r\n${lines}\r\nConnection: close\r\n\r\n`)
    t.equal(answers[0]?.status, status, lines)
  }
})

test("Pages of other sites are served where the app's own CORS allows their origin", async t => {
  const app = createHost(t)
  app.addHook(
    'onRequest',
    async (_request, reply) => void reply.header('Access-Control-Allow-Origin', 'https://app.example.com')
  )
  await app.register(sallyport, settings)
  for (const [origin, error] of [
    ['https://app.example.com', 'invalid_grant'],
    ['https://evil.example', 'invalid_request']
  ] as const) {
    const form = { grant_type: 'password', username: 'alice', password }
    const answer = await postForm(app, '/auth/token', form, { origin, 'sec-fetch-site': 'cross-site' })
    t.equal(answer.json().error, error, origin)
  }
})

test("An answer keeps its body and type, even if the app's hooks set others before", async t => {
  const encoded = { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }
  const ofTheirBody = { ...encoded, 'content-length': '3', etag: '"theirs"' }
  const hooks: Record<string, (reply: FastifyReply) => unknown> = {
    'an HTML type': reply => reply.type('text/html'),
    'a JSON type': reply => reply.type('application/json'),
    'a type, past Fastify': reply => reply.raw.setHeader('Content-Type', 'text/html'),
    'everything else': reply => reply.headers(ofTheirBody)
  }
  for (const [name, set] of Object.entries(hooks)) {
    const app = createHost(t)
    app.addHook('onRequest', async (_request, reply) => void set(reply.header('X-Theirs', 'yes')))
    await app.register(sallyport, settings)
    await app.sallyport.createUser({ username: 'alice', password })
    await app.listen({ host: '127.0.0.1', port: 0 })
    // Without inject, which ignores the headers of the body.
    const ask = (path: string, init?: RequestInit) =>
      fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/auth${path}`, init)
    const post = (form: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(form) })
    const login = await ask('/token', post({ grant_type: 'password', username: 'alice', password }))
    const { access_token } = (await login.json()) as { access_token: string }
    const [json, html] = ['application/json; charset=utf-8', 'text/html; charset=utf-8']
    const answers: [string, RequestInit, number, string | null, RegExp][] = [
      ['/livez', {}, 200, json, /^\{"status":"ok"\}$/],
      ['/.well-known/jwks.json', { headers: { 'if-none-match': '"theirs"' } }, 200, json, /^\{"keys":/],
      ['/token', post({ grant_type: 'none' }), 400, json, /^\{"error":"unsupported_grant_type"/],
      ['/users/me', {}, 401, 'application/problem+json; charset=utf-8', /"title":"Unauthorized"/],
      ['/verify-email', {}, 400, html, /^<!doctype html>/i],
      ['/docs', {}, 200, html, /<title>Sallyport API</],
      ['/docs/static/index.css', {}, 200, 'text/css; charset=utf-8', /^html \{/],
      ['/revoke', post({ token: 'unknown' }), 200, null, /^$/],
      ['/users/me/sessions', { method: 'DELETE', headers: bearer(access_token) }, 204, null, /^$/]
    ]
    for (const [path, init, status, type, body] of answers) {
      const answer = await ask(path, init)
      const { headers } = answer
      t.strictSame([answer.status, headers.get('content-type'), headers.get('x-theirs')], [status, type, 'yes'], path)
      for (const header of ['content-encoding', 'transfer-encoding']) t.equal(headers.get(header), null, header)
      const received = await answer.text()
      t.match(received, body, `${path} after ${name}`)
      t.equal(Number(headers.get('content-length')), Buffer.byteLength(received))
    }
  }
})

test("Hooks that plugins of the app add to each route, such as rate limits, run for Sallyport's routes too", async t => {
  const app = createHost(t)
  // As @fastify/rate-limit does by default.
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

test("Plugins of the app that wrap each route's handler, such as OpenTelemetry, do not interfere", async t => {
  const wrappers = {
    otel: async (app: FastifyInstance) => void (await app.register(new FastifyOtelInstrumentation().plugin())),
    // As @fastify/websocket does.
    websocket: async (app: FastifyInstance) =>
      void app.addHook('onRoute', route => {
        const { handler } = route
        route.handler = function theirs(request, reply) {
          return handler.call(this, request, reply)
        }
      })
  }
  for (const [name, wrap] of Object.entries(wrappers)) {
    const app = createHost(t)
    await wrap(app)
    await app.register(sallyport, settings)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/auth`
    const made = await fetch(`${url}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'alice', password })
    })
    t.equal(made.status, 201, name)
    const form = new URLSearchParams({ grant_type: 'password', username: 'alice', password })
    const answer = await fetch(`${url}/token`, { method: 'POST', body: form })
    t.match(await answer.json(), { token_type: 'Bearer' }, name)
  }
})

test('Two instances in one app do not interfere', async t => {
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

test('There is no console and no setup link, unless the options say so', async t => {
  for (const [options, status] of [
    [settings, 404],
    [{ ...settings, console: 'on' }, 403]
  ] as const) {
    const app = createHost(t)
    await app.register(sallyport, options)
    const payload = { token: 'x', username: 'root', password }
    t.equal((await app.inject({ method: 'POST', url: '/auth/setup', payload })).statusCode, status)
  }
})

test('Without a prefix, / belongs to the app, and the console is at /console/', async t => {
  const { prefix: _, ...unprefixed } = settings
  const app = createHost(t)
  app.get('/', async () => 'the page of the app')
  await app.register(sallyport, { ...unprefixed, console: 'on' })
  t.equal((await app.inject({ url: '/', headers: { accept: 'text/html' } })).body, 'the page of the app')
  t.equal((await app.inject('/console')).headers.location, '/auth/console/')
})

test('Invalid options are all named at once', async t => {
  const notHere = (name: string) => `${name} is not an option of the plugin: configure it on your own server`
  const badPrefix = (prefix: string) =>
    `prefix is ${JSON.stringify(prefix)}: expected a path such as /auth, without parameters or a trailing slash`
  const functions = {
    ...{ now: 5, claims: { tenant: 'wonderland' }, onUserCreated: 'x', onUserChanged: {}, onUserDeleted: 1 },
    onLogin: null
  }
  const all = [
    ...[...['port', 'workers', 'trustProxy'].map(notHere), badPrefix('auth/')],
    ...Object.entries(functions).map(([name, value]) => `${name} is ${JSON.stringify(value)}: expected a function`)
  ]
  const options = { prefix: 'auth/', port: 1, workers: 2, trustProxy: ['127.0.0.1'], ...functions, colour: 'red' }
  for (const [wrong, problems] of [
    [options, all],
    [{ colour: 'red' }, ['colour is not a setting']],
    ...['/:t', '/auth*', '*', '/%61uth', '/auth/'].map(prefix => [{ prefix }, [badPrefix(prefix)]] as const)
  ] as const) {
    const registered = async () => void (await createHost(t).register(sallyport, { ...settings, ...wrong } as never))
    await t.rejects(registered, { name: 'ConfigError', problems }, JSON.stringify(wrong))
  }
})

const alreadyThere =
  'this scope or a parent scope already has sallyport and request.auth: register Sallyport in a sibling scope'

test('A second instance in the same or a nested scope is refused, with a remedy', async t => {
  const again = async (scope: FastifyInstance) => void (await scope.register(sallyport, { ...settings, prefix: '/b' }))
  for (const isNested of [false, true]) {
    const app = await createEmbedded(t)
    const registered = async () => void (await (isNested ? app.register(again) : again(app)))
    await t.rejects(registered, { name: 'ConfigError', problems: [alreadyThere] })
  }
})

test('A server claim cannot be overridden: the login fails, and the log has the reason (RFC 9068 §2.2)', async t => {
  const first = 'iss sub preferred_username aud exp nbf iat jti client_id scope'
  const names = `${first} auth_time acr amr sid act may_act cnf azp nonce`.split(' ')
  let claim = ''
  const lines: string[] = []
  const app = createHost(t, { logger: { level: 'error', stream: { write: line => void lines.push(line) } } })
  await app.register(sallyport, { ...settings, claims: () => ({ tenant: 'wonderland', [claim]: 'forged' }) })
  await app.sallyport.createUser({ username: 'alice', password })
  for (claim of names) {
    t.match(await logIn(app), { error: 'server_error' }, claim)
    t.match(lines.at(-1), `claims must not return the reserved claim ${claim}"`)
  }
  t.equal(lines.length, names.length)
})

test('Hooks receive new accounts and logins, and a failing hook stops neither', async t => {
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

test('Mail is sent only while the app listens', async t => {
  const lines: Record<string, unknown>[] = []
  const app = createHost(t, { logger: { stream: { write: line => void lines.push(JSON.parse(line)) } } })
  await app.register(sallyport, { ...settings, issuer: 'http://localhost/auth' })
  const sent = () => lines.filter(({ to }) => to === 'alice@example.com')
  await app.sallyport.createUser({ username: 'alice', password, email: 'alice@example.com' })
  t.strictSame(sent(), [], 'nothing is sent in tests that use inject')
  await app.listen({ host: '127.0.0.1', port: 0 })
  for (let tries = 0; tries < 500 && sent().length === 0; tries++) await sleep(10)
  t.match(sent(), [{ level: 40, link: /^http:\/\/localhost\/auth\/verify-email\?token=/ }])
})

test('Another signing algorithm is adopted when the app listens (setting SIGNING_ALG)', async t => {
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

for (const options of [{ ignoreTrailingSlash: true }, { routerOptions: { ignoreTrailingSlash: true } }]) {
  test(`An app may ignore a trailing slash: ${JSON.stringify(options)}`, async t => {
    const app = createHost(t, options)
    await app.register(sallyport, settings)
    for (const url of ['/auth/livez', '/auth/livez/']) t.equal((await app.inject(url)).statusCode, 200, url)
    for (const url of ['/auth/docs', '/auth/docs/']) {
      t.match((await app.inject(url)).headers['content-type'], 'text/html', url)
    }
  })
}

test("The app's own routes want the audience of the options, and Sallyport's URLs the issuer (RFC 8707 §2)", async t => {
  const audience = 'https://example.com/orders'
  const app = await createEmbedded(t, { audience, resources: [`${audience} orders:read`, 'urn:bills bills:pay'] })
  app.get('/orders', { onRequest: app.authenticate('orders:read') }, async request => request.auth.user?.username)
  await app.sallyport.createUser({ username: 'alice', password, scopes: ['me', 'orders:read', 'bills:pay'] })
  const tokens = {
    anywhere: await logIn(app),
    orders: await logIn(app, { resource: audience }),
    issuer: await logIn(app, { resource: settings.issuer }),
    bills: await logIn(app, { resource: 'urn:bills' })
  }
  const statuses = async (path: string) =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(tokens).map(async ([name, { access_token }]) => {
          const answer = await app.inject({ url: path, headers: bearer(access_token) })
          return [name, answer.statusCode]
        })
      )
    )
  t.strictSame(await statuses('/orders'), { anywhere: 200, orders: 200, issuer: 401, bills: 401 })
  t.strictSame(await statuses('/auth/users/me'), { anywhere: 200, orders: 401, issuer: 200, bills: 401 })
  t.match(await app.sallyport.authenticate(tokens.orders.access_token), { scopes: ['orders:read'] })
  t.equal(await app.sallyport.authenticate(tokens.bills.access_token), undefined)
})

test("Every spelling that the app's router matches is answered", async t => {
  const app = createHost(t, { routerOptions: { caseSensitive: false, ignoreDuplicateSlashes: true } })
  await app.register(sallyport, settings)
  const { id } = await app.sallyport.createUser({ username: 'alice', password, scopes: ['me', 'users:read'] })
  const { access_token } = await logIn(app, { scope: 'me users:read' })
  const urls = [
    `http://example.com/auth/users/${id}?x=1`,
    `/AUTH/Users/${id}`,
    `//auth//users//${id}`,
    `/%61uth/users/${id}`,
    `/auth/users/%${id.charCodeAt(0).toString(16)}${id.slice(1)}`
  ]
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  for (const path of urls) {
    // Sent unchanged, which inject and fetch would not do.
    const [answer] = await once(request({ port, path, headers: bearer(access_token), agent: false }).end(), 'response')
    t.equal(answer.statusCode, 200, path)
    t.equal(JSON.parse(await text(answer)).id, id, path)
  }
  const first = '/auth/users?limit=1'
  t.equal((await app.inject({ url: first, headers: bearer(access_token) })).json().items.length, 1)
  const odd = await app.inject({ url: '/auth/users/a%2Fb%20c', headers: bearer(access_token) })
  t.match(odd.json(), { status: 400, instance: '/auth/users/a%2Fb%20c' })
  t.equal((await app.inject('/auth/docs/static/swagger-ui.css')).statusCode, 200)
})

test('Later hooks of the app see the URL that was requested', async t => {
  const app = createHost(t)
  const seen: string[] = []
  app.addHook('onResponse', async ({ url, originalUrl }) => void seen.push(url, originalUrl))
  await app.register(sallyport, settings)
  await app.inject('/auth/livez?x=1')
  t.strictSame(seen, Array(2).fill('/auth/livez?x=1'))
})

test('The client address is the one that the app sees (option trustProxy of Fastify)', async t => {
  const app = createHost(t, { trustProxy: '127.0.0.1' })
  const ips: unknown[] = []
  await app.register(sallyport, { ...settings, onLogin: ({ ip }) => ips.push(ip) })
  await app.sallyport.createUser({ username: 'alice', password })
  const form = { grant_type: 'password', username: 'alice', password }
  const { access_token } = (await postForm(app, '/auth/token', form, { 'x-forwarded-for': '192.0.2.7' })).json()
  t.strictSame(ips, ['192.0.2.7'])
  const sessions = (await app.inject({ url: '/auth/users/me/sessions', headers: bearer(access_token) })).json()
  t.match(sessions.items, [{ ip: '192.0.2.7' }])
})

test('The plugin works in an app on HTTP/2', async t => {
  const app = Fastify({ http2: true })
  t.teardown(() => app.close())
  await app.register(sallyport, settings)
  app.get('/orders', { onRequest: app.authenticate('me') }, async ({ auth }) => auth.user?.username)
  await app.sallyport.createUser({ username: 'alice', password })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const session = connect(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
  t.teardown(() => session.close())
  async function ask(headers: OutgoingHttpHeaders, body = '') {
    const stream = session.request(headers, { endStream: body === '' })
    if (body !== '') stream.end(body)
    const [answer] = await once(stream, 'response')
    return { status: answer[':status'], headers: answer, body: await text(stream) }
  }
  t.match(await ask({ ':path': '/auth/readyz' }), { status: 200, headers: { 'cache-control': 'no-store' } })
  const form = new URLSearchParams({ grant_type: 'password', username: 'alice', password }).toString()
  const type = 'application/x-www-form-urlencoded'
  const tokens = await ask({ ':path': '/auth/token', ':method': 'POST', 'content-type': type }, form)
  const { access_token } = JSON.parse(tokens.body)
  t.match(await ask({ ':path': '/orders', ...bearer(access_token) }), { status: 200, body: 'alice' })
  t.match(await ask({ ':path': '/auth/users/me', ...bearer(access_token) }), { status: 200, body: /"alice"/ })
  t.match(await ask({ ':path': '/auth/users/me' }), { status: 401 })
  t.match(await ask({ ':path': '/auth/docs/static/swagger-ui.css' }), { status: 200 })
  t.match(await ask({ ':path': '/auth/token', ':method': 'DELETE' }), { status: 405 })
})

test('The types of the hooks fit routes of every server and logger type', async t => {
  const app = Fastify({ loggerInstance: pino({ level: 'silent' }) })
  t.teardown(() => app.close())
  await app.register(sallyport, settings)
  app.get('/orders', { onRequest: app.authenticate('me') }, async ({ auth }) => auth.scopes)
  app.get('/others', { onRequest: [app.sallyport.requireScope('me')] }, async ({ auth }) => auth.scopes)
  for (const url of ['/orders', '/others']) t.equal((await app.inject(url)).statusCode, 401)
})

test('An app can keep its own authenticate and use the hook under its other name', async t => {
  const app = createHost(t)
  app.decorate('authenticate', (() => 'theirs') as never)
  await app.register(sallyport, settings)
  t.equal(app.authenticate() as unknown, 'theirs')
  app.get('/orders', { onRequest: app.sallyport.requireScope('me') }, async ({ auth }) => auth.user?.username)
  await app.sallyport.createUser({ username: 'alice', password })
  const { access_token } = await logIn(app)
  t.equal((await app.inject({ url: '/orders', headers: bearer(access_token) })).body, 'alice')
})

test('A hook that is not called, or that has an invalid scope, reports it and admits no request', async t => {
  const app = await createEmbedded(t)
  app.get('/orders', { onRequest: app.authenticate as never }, async () => 'orders')
  const answer = await app.inject('/orders')
  t.equal(answer.statusCode, 500)
  const advice =
    "A scope must be a string, not object. Call the function to get the hook: onRequest: app.authenticate('me')."
  t.match(answer.json(), { theirs: advice })
  for (const scope of [undefined, ['me'], 'me orders:read'])
    t.throws(() => app.authenticate(scope as string), /^A scope must be/)
  for (const stepUp of [{}, { acr: 'aal3' }, { maxAge: 0 }, { max_age: 300 }])
    t.throws(() => app.authenticate('me', stepUp as StepUp), /^The last argument of app\.authenticate is not valid: /)
  const taken = createHost(t)
  taken.decorate('authenticate', () => async () => {})
  await taken.register(sallyport, settings)
  t.throws(() => taken.sallyport.requireScope({} as string, 'me'), /onRequest: app\.sallyport\.requireScope\('me'\)\.$/)
})

test('A route of the app can ask for a recent login with two factors, which the session decides (RFC 9470)', async t => {
  const clock = createClock()
  const url = await databaseUrl(t, 'sqlite')
  const app = await createEmbedded(t, { databaseUrl: url, now: clock.now, accessTokenTtl: 3600 })
  const onRequest = app.authenticate('me', { acr: 'aal2', maxAge: 300 })
  app.get('/orders', { onRequest }, async ({ auth }) => auth.user?.username)
  const hook = app.sallyport.requireScope('me', { maxAge: 300 })
  app.get('/recent', { onRequest: hook }, async () => 'recent')
  await app.sallyport.createUser({ username: 'alice', password })
  const { access_token } = await logIn(app)
  const ask = (url: string) => app.inject({ url, headers: bearer(access_token) })
  const assertRefused = async (url: string, factors: string, parameters: string) => {
    const answer = await ask(url)
    const description = `This request needs a login${factors} that is at most 300 seconds old.`
    t.equal(answer.statusCode, 401)
    t.strictSame(answer.json(), { theirs: description })
    t.equal(
      answer.headers['www-authenticate'],
      `Bearer realm="sallyport", error="insufficient_user_authentication", error_description="${description}", ${parameters}max_age="300"`
    )
  }
  await assertRefused('/orders', ' with two factors', 'acr_values="aal2", ')
  t.equal((await ask('/recent')).body, 'recent')
  clock.advance(301)
  await assertRefused('/recent', '', '')

  const authenticated = `amr = '["pwd","otp","mfa"]', auth_time = ${clock.now().getTime()}`
  await execute(url, `update sessions set ${authenticated}`)
  t.equal((await ask('/orders')).body, 'alice')
  t.equal((await ask('/recent')).body, 'recent')
  t.match((await app.sallyport.authenticate(access_token))?.claims, { acr: 'aal1' }, 'the token is from before')
  clock.advance(301)
  await assertRefused('/orders', ' with two factors', 'acr_values="aal2", ')
})

test('The member request.auth has the claims of now with the user, and beside it those of the token', async t => {
  const app = await createEmbedded(t)
  const onRequest = app.authenticate({ roles: ['editor'] })
  app.get('/edit', { onRequest }, async ({ auth }) => [auth.user?.claims, auth.claims.roles])
  await app.sallyport.createUser({ username: 'alice', password })
  const { access_token } = await logIn(app)
  const ask = () => app.inject({ url: '/edit', headers: bearer(access_token) })
  t.equal((await ask()).statusCode, 403)
  const claims = { roles: ['editor'], tenant: 'acme' }
  await app.sallyport.updateUser('alice', { claims })
  t.strictSame((await ask()).json(), [claims, null])
  await app.sallyport.updateUser('alice', { claims: { roles: null } })
  t.equal((await ask()).statusCode, 403)
})

test('A hook reads only a part of a request, as its type says', async t => {
  const app = await createEmbedded(t)
  app.get('/orders', { onRequest: app.authenticate('me') }, async ({ auth }) => auth.user?.username)
  await app.sallyport.createUser({ username: 'alice', password })
  const { access_token } = await logIn(app)
  const read = { headers: bearer(access_token), method: 'GET', originalUrl: '/orders' }
  const request = read as Parameters<AuthenticateHook>[0]
  await app.authenticate('me')(request, { headers() {} })
  t.match(request.auth, { user: { username: 'alice' } })
  const theirs = await app.inject({ url: '/orders?access_token=theirs', headers: bearer(access_token) })
  t.equal(theirs.body, 'alice', 'a parameter with any other name')
})

test('The log reports metadata that a scope makes unreachable (RFC 8414 §3.1)', async t => {
  const warnings = async (prefix: string, options: SallyportOptions) => {
    const lines: string[] = []
    const app = createHost(t, { logger: { level: 'warn', stream: { write: line => void lines.push(line) } } })
    await app.register(async scope => void (await scope.register(sallyport, { ...settings, ...options })), { prefix })
    return lines
  }
  const [warning, ...others] = await warnings('/auth', { prefix: '' })
  t.match(
    JSON.parse(String(warning)).msg,
    /^Clients expect the metadata of \S+ at \/\.well-known\/oauth-authorization-server\/auth, which .* cannot serve/
  )
  t.strictSame(others, [])
  t.strictSame(await warnings('', {}), [])
  t.strictSame(await warnings('/auth', { issuer: 'https://auth.example.com' }), [])
})

test('Changes that a route makes to request.auth are absent from the next request with the same token', async t => {
  const app = await createEmbedded(t, { claims: () => ({ roles: ['reader'] }) })
  app.get('/orders', { onRequest: app.authenticate() }, async ({ auth }) => {
    auth.scopes.push('admin')
    auth.user?.scopes.push('admin')
    ;(auth.claims.roles as string[]).push('admin')
  })
  await app.sallyport.createUser({ username: 'alice', password })
  const { access_token } = await logIn(app)
  await app.inject({ url: '/orders', headers: bearer(access_token) })
  const auth = await app.sallyport.authenticate(access_token)
  t.match(auth, { scopes: ['me'], user: { scopes: ['me'] }, claims: { roles: ['reader'] } })
  t.equal(auth?.user?.scopes.length, 1)
  t.strictSame(auth?.claims.roles, ['reader'])
})
